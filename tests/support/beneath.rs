//! What a store of a test leaves to the one beneath it.

/// Methods of a `Store` that a field answers: `beneath! { memory: installation read objects }`.
macro_rules! beneath {
    ($field:ident: $($method:ident)*) => { $(beneath! { @$method $field })* };
    (@installation $field:ident) => {
        fn installation(&self) -> &str {
            self.$field.installation()
        }
    };
    (@read $field:ident) => {
        async fn read(&self, key: &Key) -> Result<Option<Object>, StoreError> {
            self.$field.read(key).await
        }
    };
    (@objects $field:ident) => {
        async fn objects(&self) -> Result<Vec<Object>, StoreError> {
            self.$field.objects().await
        }
    };
    (@accounts $field:ident) => {
        async fn accounts(&self) -> Result<Vec<waops::engine::object::AccountObject>, StoreError> {
            self.$field.accounts().await
        }
    };
    (@hold $field:ident) => {
        async fn hold(&self, key: &Key, version: &str, hold: Hold<'_>) -> Result<Option<Object>, StoreError> {
            self.$field.hold(key, version, hold).await
        }
    };
    (@hold_account $field:ident) => {
        async fn hold_account(
            &self,
            key: &Key,
            version: &str,
            held: bool,
        ) -> Result<Option<waops::engine::object::AccountObject>, StoreError> {
            self.$field.hold_account(key, version, held).await
        }
    };
    (@report $field:ident) => {
        async fn report(
            &self,
            key: &Key,
            version: &str,
            status: &waops::engine::object::Status,
        ) -> Result<Object, StoreError> {
            self.$field.report(key, version, status).await
        }
    };
    (@report_account $field:ident) => {
        async fn report_account(
            &self,
            key: &Key,
            version: &str,
            status: &waops::api::WhatsAppAccountStatus,
        ) -> Result<waops::engine::object::AccountObject, StoreError> {
            self.$field.report_account(key, version, status).await
        }
    };
    (@cause $field:ident) => {
        async fn cause(
            &self,
            key: &Key,
            deleting: waops::plan::facts::Deleting,
        ) -> Result<waops::plan::facts::Cause, StoreError> {
            self.$field.cause(key, deleting).await
        }
    };
    (@secret $field:ident) => {
        async fn secret(
            &self,
            namespace: &str,
            name: &str,
        ) -> Result<Option<std::collections::BTreeMap<String, Vec<u8>>>, StoreError> {
            self.$field.secret(namespace, name).await
        }
    };
    (@labels $field:ident) => {
        async fn labels(
            &self,
            namespace: &str,
        ) -> Result<Option<std::collections::BTreeMap<String, String>>, StoreError> {
            self.$field.labels(namespace).await
        }
    };
}
