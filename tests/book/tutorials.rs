//! The tutorials that need no cluster.

use crate::page::{Page, pages};
use crate::root;
use crate::shell::Reader;

/// A page among the tutorials.
pub(crate) fn tutorial(name: &str) -> Page {
    Page::read(&root().join("docs/tutorials").join(name))
}

macro_rules! followed {
    ($($test:ident: $page:literal;)*) => {
        const FOLLOWED: &[&str] = &[$($page),*];

        $(
            #[test]
            fn $test() {
                Reader::new().follow(&tutorial($page));
            }
        )*
    };
}

followed! {
    a_first_code_without_a_cluster: "quick-start.md";
    a_template_from_writing_to_approved: "first-template.md";
    a_code_that_is_printed_and_changed: "print.md";
    a_change_in_a_pull_request: "pull-requests.md";
    what_exists_comes_into_git: "import.md";
}

#[test]
fn every_tutorial_is_followed() {
    let all = pages(&root().join("docs/tutorials"));
    let names = all.iter().map(|page| page.path.file_name().unwrap().to_str().unwrap());
    let lost: Vec<&str> =
        names.filter(|name| !FOLLOWED.contains(name) && !crate::cluster::FOLLOWED.contains(name)).collect();
    assert_eq!(lost, Vec::<&str>::new(), "nobody follows them");
}
