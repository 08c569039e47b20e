-- Rows that grow with the number of avis carry demarche_id first in their key.

create table structure (
    id integer primary key,
    nom text not null unique,
    siret text,
    parent integer references structure (id),
    territoire text
) strict;

create table questionnaire (
    id text primary key,
    contenu text not null
) strict;

create table demarche (
    id integer primary key,
    slug text not null unique,
    titre text not null,
    structure_id integer not null references structure (id),
    questionnaire text not null references questionnaire (id),
    url text,
    langue text not null,
    publique integer not null,
    archivee integer not null,
    externes text not null
) strict;

create table bouton (
    code text primary key,
    demarche_id integer not null references demarche (id),
    libelle text not null,
    affichage text not null,
    origines text not null,
    territoire text,
    ouvert integer not null
) strict;

-- recu_le: UTC, milliseconds, « Z ». jour: civil day in Europe/Paris.
-- id is the order of arrival: it gives downloads a fixed end and searches a handle.
create table avis (
    id integer primary key,
    demarche_id integer not null references demarche (id),
    cle text not null,
    bouton text not null,
    questionnaire text not null,
    etape integer not null,
    recu_le text not null,
    jour text not null,
    notes text not null,
    verbatim text,
    langue text not null,
    affichage text not null,
    widget text,
    ecarte text,
    unique (demarche_id, cle)
) strict;

create table agregat (
    demarche_id integer not null,
    bouton text not null,
    jour text not null,
    questionnaire text not null,
    dimension text not null,
    note integer not null,
    n integer not null,
    primary key (demarche_id, bouton, jour, questionnaire, dimension, note)
) strict, without rowid;

-- The same by month, so that a year of figures reads a dozen rows a level, not 365.
create table agregat_mois (
    demarche_id integer not null,
    mois text not null,
    bouton text not null,
    questionnaire text not null,
    dimension text not null,
    note integer not null,
    n integer not null,
    primary key (demarche_id, mois, bouton, questionnaire, dimension, note)
) strict, without rowid;

-- One row each: the version of everything configured, and the mark left by readiness checks.
create table catalogue (version integer not null) strict;
insert into catalogue (version) values (1);

create table sonde (le text not null) strict;
insert into sonde (le) values ('');
