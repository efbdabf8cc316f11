//! `administrators` of `[apps.X]`, with what the connector declares: of those values somebody must
//! always be left who holds one (R20). Only an approval gives them (R12).

use crate::model::app::{KindIndex, Shape};

use crate::base::Diagnostic;
use crate::model::account::AccountKind;
use crate::model::mode::Mode;
use crate::model::name::AppName;

use super::{AppConfig, Config, ListedAccount, Privilege};

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

impl ListedAccount {
    /// True for an account that is listed for its power over the app.
    pub const fn administers(&self) -> bool {
        matches!(self.kind, AccountKind::Admin | AccountKind::BreakGlass)
    }
}

impl Config {
    /// True if something tells who administers an app: a value, or an account that is listed.
    pub fn knows_administrators(&self, app: &AppName) -> bool {
        let listed = || self.accounts_of(app).any(|(_, one)| one.administers());
        let settings = self.apps.get(app);
        settings.is_some_and(AppConfig::has_administrators) || listed()
    }

    /// Says of which apps anybody may be closed, the last administrator too.
    pub fn unguarded_administrators(&self) -> Vec<Diagnostic> {
        let apps = self.apps.iter().filter(|(name, settings)| {
            settings.mode == Mode::Enforce && !self.knows_administrators(name)
        });
        let warning = |(name, settings): (&AppName, &AppConfig)| {
            let message =
                format!("nothing tells who administers `{name}`: no guard keeps the last one");
            Diagnostic::warning("unguarded-administrators", message)
                .at(settings.site, "")
                .hint(
                    "name in `administrators` what makes one, or list their accounts as \"admin\" or \"break_glass\" in accounts.toml",
                )
        };
        apps.map(warning).collect()
    }
}
