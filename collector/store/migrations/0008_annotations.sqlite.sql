-- What a porteur notes on a trend. Instants: UTC, « Z ».

create table annotation (
    id integer primary key,
    demarche_id integer not null references demarche (id),
    jour text not null,
    texte text not null,
    par text not null,
    cree_le text not null
) strict;

create index annotation_jour on annotation (demarche_id, jour);
