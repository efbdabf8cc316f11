//! `administrators` of `[apps.X]`, with what the connector declares: of those values somebody must
//! always be left who holds one (R20). Only an approval gives them (R12).

use crate::model::app::{KindIndex, Shape};

use super::{AppConfig, Privilege};

impl AppConfig {
    /// True if a value at a level makes an administrator of the app: the connector or the files say
    /// so. What a connector declares of the levels of a keyed kind makes one of a single key (a
    /// project), and not of the app.
    pub fn is_administrative(&self, kind: KindIndex, value: &str, level: Option<&str>) -> bool {
        let described = self.description.kind(kind);
        let keyed = matches!(described.shape, Shape::Keyed { .. });
        let declared = !keyed && described.privileged.iter().any(|known| known == value);
        let mut listed = self.administrators.iter();
        declared || listed.any(|one: &Privilege| one.covers(kind, value, level))
    }

    /// True if anything in the app is known to make an administrator.
    pub fn has_administrators(&self) -> bool {
        let declares = |kind: &crate::model::app::EntitlementKind| {
            !kind.privileged.is_empty() && !matches!(kind.shape, Shape::Keyed { .. })
        };
        let kinds = &self.description.entitlements;
        !self.administrators.is_empty() || kinds.iter().any(declares)
    }
}
