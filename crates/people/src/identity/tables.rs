//! The module's tables as SeaORM sees them. No entity leaves the module; only the stores beside the nouns read them.

pub(super) mod site {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "site")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub time_zone: String,
        /// A JSON list.
        pub languages: String,
        pub created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod user {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "user_account")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub email: String,
        /// Folded; unique.
        pub email_key: String,
        pub name: String,
        pub avatar: Option<String>,
        pub language: String,
        pub time_zone: Option<String>,
        pub password_hash: Option<String>,
        pub superadmin: bool,
        /// In base 32; counts only when `totp_on`.
        pub totp_secret: Option<String>,
        pub totp_on: bool,
        /// The last time step whose code was taken: no code is taken twice.
        pub totp_step: i64,
        pub created_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod role {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "role")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub site: i64,
        pub name: String,
        /// Folded; unique on the site.
        pub name_key: String,
        pub built_in: Option<String>,
        /// A JSON list of wire names.
        pub permissions: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod membership {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "membership")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub site: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: i64,
        pub role_id: i64,
        pub chat_limit: i32,
        pub accepts_chats: bool,
        pub disabled: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod department {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "department")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub site: i64,
        pub name: String,
        /// Folded; unique on the site.
        pub name_key: String,
        pub description: String,
        pub is_default: bool,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod department_member {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "department_member")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub department_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: i64,
        pub site: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod session {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub user_id: i64,
        pub token_hash: String,
        pub agent: String,
        pub address: String,
        /// Opened by a one-time link: may set a password without knowing the old one.
        pub by_link: bool,
        pub created_at: i64,
        pub seen_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod api_key {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "api_key")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub site: i64,
        pub name: String,
        pub token_hash: String,
        /// The first characters, by which its owner knows it again.
        pub hint: String,
        pub permissions: String,
        pub created_by: Option<i64>,
        pub created_at: i64,
        pub expires_at: Option<i64>,
        pub used_at: Option<i64>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod login_link {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "login_link")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub token_hash: String,
        pub user_id: i64,
        pub expires_at: i64,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod recovery_code {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recovery_code")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub code_hash: String,
    }

    impl ActiveModelBehavior for ActiveModel {}
}
