//! What goes, and what stays at the provider.

use crate::house::{House, defined};

#[test]
fn claim_18_what_goes_with_its_namespace_stays_at_the_provider() {
    let house = House::new(defined(), "collateral");
    house.code("poster", "Hello");
    house.ready("waqr/poster");
    let codes = house.codes();
    assert_eq!(codes.len(), 1);
    let gone = house.plane.kubectl(&["delete", "namespace", "collateral", "--timeout=60s"]);
    assert!(gone.status.success(), "{}\n{}", gone.stderr, house.kubelet.logs());
    assert_eq!(house.codes(), codes, "collateral never deletes");
}
