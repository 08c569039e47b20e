-- Who people are for a provider of OpenID Connect: one identity opens one account, and an account
-- has one identity at a provider. With a session that began there, the token that ends it there too.
-- Instants: UTC, « Z ».

create table identite (
    emetteur text not null,
    sujet text not null,
    compte_id integer not null references compte (id),
    lie_le text collate "C" not null,
    vu_le text collate "C" not null,
    primary key (emetteur, sujet),
    unique (emetteur, compte_id)
);

create index identite_compte on identite (compte_id);

create table session_oidc (
    empreinte text primary key references session (empreinte) on delete cascade,
    id_token text not null
);
