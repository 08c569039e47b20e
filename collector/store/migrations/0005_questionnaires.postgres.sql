-- Whose questionnaires are, what is being written, and since when each was in force.
-- depuis: UTC, « Z »; empty for the first one known, which nobody noted then.

create table questionnaire_de (
    questionnaire text primary key references questionnaire (id),
    structure_id integer not null references structure (id),
    publie_le text collate "C" not null,
    par text not null
);

create table brouillon (
    demarche_id integer primary key references demarche (id),
    contenu text not null,
    par text not null,
    modifie_le text collate "C" not null
);

create table en_vigueur (
    demarche_id integer not null references demarche (id),
    depuis text collate "C" not null,
    questionnaire text not null references questionnaire (id),
    par text not null,
    primary key (demarche_id, depuis)
);
