-- API tokens, of which only a SHA-256 is kept, and the journal. Instants: UTC, « Z ».

create table jeton_api (
    id integer primary key,
    nom text not null,
    empreinte text not null unique,
    portee text not null,
    droits text not null,
    cree_le text not null,
    expire_le text not null,
    vu_le text,
    revoque_le text
) strict;

create table journal (
    id integer primary key,
    le text not null,
    qui text not null,
    action text not null,
    sur text not null
) strict;

create index journal_le on journal (le);
