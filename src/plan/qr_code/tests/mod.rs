//! Tables: a situation, the step that must follow, and why.

mod changing;
mod deleting;
mod making;
mod owning;
mod properties;
mod resolving;
mod scene;

use self::scene::Scene;

/// What is special about a situation, the step as [`scene::brief`] says it, and the reason for it.
type Row = (fn(&mut Scene), &'static str, &'static str);

/// Each row starts from an object without anything at a provider without anything.
fn check(rows: &[Row]) {
    for (arrange, want, reason) in rows {
        let mut scene = Scene::default();
        arrange(&mut scene);
        assert_eq!(scene::brief(&scene.plan()), *want, "{reason}");
    }
}
