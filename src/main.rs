//! The `waops` command.

fn main() {}
