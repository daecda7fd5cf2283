//! What is profiled: a shop whose objects are made, and looked at when there is nothing to do.

#[path = "../../../tests/support/counted.rs"]
pub mod counted;
#[path = "../../../tests/support/shop.rs"]
mod shop;
#[path = "../../../tests/support/world.rs"]
mod world;

use shop::Shop;

/// Makes so many objects through the real loop, and looks at them so often afterwards. The simulated provider takes part.
pub fn make_and_look(objects: usize, looks: usize) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    world::paused(async {
        let shop = Shop::with(objects);
        shop.settle().await;
        for _ in 0..looks {
            shop.settle_later().await;
        }
    });
}

/// The same, with the process kept that looked last.
pub fn stay(objects: usize, meanwhile: impl FnOnce()) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    world::paused(async {
        let shop = Shop::with(objects);
        shop.settle().await;
        shop.settle_later().await;
        tokio::time::sleep(std::time::Duration::from_secs(90)).await;
        let (_, process) = shop.settle_and_stay().await;
        meanwhile();
        drop(process);
    });
}
