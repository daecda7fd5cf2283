//! What may not be done, and what that means where it is.

use k8s_openapi::api::authorization::v1::{SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::Api;
use kube::api::PostParams;

use super::fault::{Asked, ask};
use super::raw::definition;
use super::{KubeStore, goes};
use crate::api::Kind;

impl KubeStore {
    /// Why something is refused at a place; none where that is a namespace that is not there any more. Rights in a namespace
    /// go with it: then there is nothing to see. As long as it goes, nobody can grant anything in it, so another way out is
    /// named.
    pub(crate) async fn refusal(&self, place: Option<&str>, why: String) -> Option<String> {
        let Some(name) = place else { return Some(why) };
        match self.namespace(name).await {
            Ok(None) => None,
            Ok(Some(found)) if found.deletion_timestamp.is_some() && self.leaves => Some(format!(
                "{why}; the namespace is being deleted, and its rights went first: only a ClusterRoleBinding grants any in it \
                 now; make one, or have this run by somebody who may list and patch these objects there"
            )),
            Ok(Some(found)) if found.deletion_timestamp.is_some() => Some(format!(
                "{why}; the namespace is being deleted, and its rights went first: `waops release --all --cluster \
                 --namespace {name}` lets go what is in it"
            )),
            _ => Some(why),
        }
    }

    /// Why nobody would hear of what becomes of a kind at a place: neither a status nor an Event can be written there. None
    /// where that is a namespace that goes, in which nobody can be granted anything.
    pub(crate) async fn silence(&self, kind: Kind, place: Option<&str>) -> Option<String> {
        let status = format!("{}/status", definition(kind));
        let tell = Asked { verb: "patch", resource: &status, namespace: place };
        let event = Asked { verb: "create", resource: "events.events.k8s.io", namespace: place };
        if !(self.denies(tell).await && self.denies(event).await) {
            return None;
        }
        if let Some(name) = place
            && self.namespace(name).await.is_ok_and(goes)
        {
            return None;
        }
        Some(format!(
            "not allowed to {tell}, nor to {event}: nobody would hear of what is done; grant it to whom waops runs as"
        ))
    }

    /// Whether the API server says that something is not allowed. Whoever may not even ask finds out by trying.
    async fn denies(&self, asked: Asked<'_>) -> bool {
        let reviews: Api<SelfSubjectAccessReview> = Api::all(self.client.clone());
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(asked.attributes()),
                ..Default::default()
            },
            ..Default::default()
        };
        let resource = "selfsubjectaccessreviews.authorization.k8s.io";
        let asking = Asked { verb: "create", resource, namespace: None };
        let answer = ask(asking, reviews.create(&PostParams::default(), &review)).await;
        answer.is_ok_and(|review| review.status.is_some_and(|status| !status.allowed))
    }
}
