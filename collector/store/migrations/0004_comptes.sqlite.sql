-- People who sign in, their rights, their sessions, and one-time links. Instants: UTC, « Z ».
-- Of what opens something (session, link, recovery code) only a SHA-256 is kept.

create table compte (
    id integer primary key,
    courriel text not null unique,
    nom text not null,
    cree_le text not null,
    mot_de_passe text,
    totp text,
    totp_pas integer not null default 0,
    secours text not null default '[]',
    vu_le text,
    ferme_le text
) strict;

create table droit (
    id integer primary key,
    compte_id integer not null references compte (id),
    role text not null check (role in ('operateur', 'porteur', 'analyste', 'lecteur')),
    structure_id integer references structure (id),
    demarche_id integer references demarche (id),
    verbatims integer not null default 0,
    donne_le text not null,
    donne_par text not null,
    check (structure_id is null or demarche_id is null)
) strict;

create index droit_compte on droit (compte_id);

create table session (
    empreinte text primary key,
    compte_id integer not null references compte (id),
    methode text not null,
    cree_le text not null,
    vu_le text not null,
    expire_le text not null,
    entiere integer not null
) strict;

create index session_compte on session (compte_id);

create table lien (
    empreinte text primary key,
    usage text not null,
    compte_id integer not null references compte (id),
    cree_le text not null,
    expire_le text not null,
    courriel text
) strict;

create index lien_compte on lien (compte_id);
