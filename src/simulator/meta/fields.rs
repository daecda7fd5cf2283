//! The parameter `fields`: names, some with a modifier, separated by commas.

use super::error::GraphError;
use super::parameters::Parameters;

/// A field that was asked for: `qr_image_url.format(SVG)`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) format: Option<String>,
}

/// The fields that were asked for; none where nothing was. A name that is not in `known` is refused.
pub(super) fn read(
    parameters: &Parameters,
    node: &str,
    known: &[&str],
) -> Result<Option<Vec<Field>>, GraphError> {
    let Some(text) = parameters.text("fields")?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let fields: Vec<_> = split(text).into_iter().map(|piece| field(&piece)).collect();
    match fields.iter().find(|field| !known.contains(&field.name.as_str())) {
        Some(field) => Err(GraphError::invalid(&format!(
            "Tried accessing nonexisting field ({}) on node type ({node})",
            field.name
        ))),
        None => Ok(Some(fields)),
    }
}

fn field(piece: &str) -> Field {
    let name = piece.split(['.', '{', '(']).next().unwrap_or_default().trim().to_owned();
    let format = piece.split_once(".format(").and_then(|(_, rest)| rest.split_once(')'));
    Field { name, format: format.map(|(format, _)| format.to_owned()) }
}

/// Splits at commas outside of brackets.
fn split(text: &str) -> Vec<String> {
    let (mut pieces, mut depth) = (vec![String::new()], 0_usize);
    for character in text.chars() {
        match character {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                pieces.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_formats() {
        let names: Vec<_> = split("code, qr_image_url.format(SVG),a{b,c}").iter().map(|p| field(p)).collect();
        let field = |name: &str, format: Option<&str>| Field {
            name: name.to_owned(),
            format: format.map(str::to_owned),
        };
        assert_eq!(names, [field("code", None), field("qr_image_url", Some("SVG")), field("a", None)]);
    }
}
