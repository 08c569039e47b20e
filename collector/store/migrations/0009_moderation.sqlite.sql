-- What people do with comments. Rows per avis carry demarche_id first in their key, and the instant
-- of the avis: a list of those that are marked starts from here, in the order of lists.

-- Where a comment stands, once somebody has said so.
create table suivi (
    demarche_id integer not null,
    cle text not null,
    recu_le text not null,
    etat text not null,
    par text not null,
    le text not null,
    primary key (demarche_id, cle)
) strict, without rowid;

create index suivi_par_etat on suivi (demarche_id, etat, recu_le, cle);

create table etiquette (
    id integer primary key,
    structure_id integer not null references structure (id),
    nom text not null,
    unique (structure_id, nom)
) strict;

create table avis_etiquette (
    demarche_id integer not null,
    cle text not null,
    recu_le text not null,
    etiquette_id integer not null references etiquette (id),
    primary key (demarche_id, cle, etiquette_id)
) strict, without rowid;

create index avis_par_etiquette on avis_etiquette (demarche_id, etiquette_id, recu_le, cle);

-- What a person decided about the words of a comment: taken out (« retire », with the words, to be
-- put back) or some of them masked (« masque », for good). No later step of the avis undoes it.
create table retrait (
    demarche_id integer not null,
    cle text not null,
    recu_le text not null,
    geste text not null,
    motif text not null,
    verbatim text,
    par text not null,
    le text not null,
    primary key (demarche_id, cle, geste)
) strict, without rowid;

create index retrait_par_geste on retrait (demarche_id, geste, recu_le, cle);

-- When somebody last looked at the comments of a démarche, and since when they are new to them.
create table visite (
    demarche_id integer not null,
    compte_id integer not null,
    le text not null,
    depuis text not null,
    primary key (demarche_id, compte_id)
) strict, without rowid;

-- Few avis are set aside; those who look at them do not go through all the others.
create index avis_ecartes on avis (demarche_id, recu_le, cle)
where ecarte is not null;
