-- What is too old is found by its day, of every démarche at once. An avis is in one of these two,
-- and goes from the first to the second when its comment is deleted.
create index avis_commentes on avis (jour, demarche_id)
where verbatim is not null;

create index avis_sans_commentaire on avis (jour, demarche_id)
where verbatim is null;

create index retrait_par_instant on retrait (recu_le);

-- Each time that what was too old was deleted: which months were kept and how many of each kind were
-- deleted (JSON, by kind), and the reason when it did not go to its end.
create table conservation (
    id integer primary key,
    le text not null,
    fini_le text,
    par text not null,
    garde text not null,
    effaces text not null,
    raison text
) strict;

-- Avis of days before the latest of these may be gone. Their counters stay as they are: there is
-- nothing left to recount them from.
create table horizon (avant text not null) strict;
