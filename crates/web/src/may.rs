//! One type a permission, so that a handler's signature says what it demands.

use base::Permission;

/// A permission as a type.
pub trait Grant: Send + Sync + 'static {
    const PERMISSION: Permission;
}

macro_rules! grants {
    ($($name:ident),* $(,)?) => {
        $(
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Grant for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )*

        /// Does not compile when a permission has no type here.
        const _: [Permission; Permission::ALL.len()] = [$(Permission::$name),*];
    };
}

grants! {
    AnswerChats,
    ViewVisitors,
    ViewHistory,
    ViewAllChats,
    ManageWidgets,
    ManageDepartments,
    ManageUsers,
    ManageRoles,
    ManageApiKeys,
    ManageWebhooks,
    ManageIntegrations,
    ManageSite,
    ViewEvents,
    ManageEvents,
    AnswerTickets,
    ManageTickets,
}
