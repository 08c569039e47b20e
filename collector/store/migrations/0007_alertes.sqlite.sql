-- Who is told what, what is to be told, and to whom it got. Instants: UTC, « Z ».
-- An account or a webhook is told: the other one of compte_id and crochet_id is 0, to be in a key.

create table crochet (
    id integer primary key,
    demarche_id integer not null,
    url text not null,
    graine text not null,
    cree_le text not null,
    cree_par text not null
) strict;

create index crochet_demarche on crochet (demarche_id);

create table abonnement (
    demarche_id integer not null,
    genre text not null,
    compte_id integer not null,
    crochet_id integer not null,
    cree_le text not null,
    primary key (demarche_id, genre, compte_id, crochet_id)
) strict, without rowid;

create index abonnement_compte on abonnement (compte_id);

-- When to look again, and what was known the last time (JSON).
create table veille (
    demarche_id integer not null,
    genre text not null,
    prochain_le text not null,
    etat text not null,
    primary key (demarche_id, genre)
) strict, without rowid;

create index veille_prochain on veille (prochain_le);

-- prochain_le is null when nothing more is tried.
create table envoi (
    id integer primary key,
    evenement text not null,
    genre text not null,
    demarche_id integer not null,
    le text not null,
    donnees text not null,
    compte_id integer not null,
    crochet_id integer not null,
    essais integer not null default 0,
    statut text not null default 'attente',
    raison text not null default '',
    prochain_le text,
    fini_le text,
    unique (evenement, compte_id, crochet_id)
) strict;

create index envoi_prochain on envoi (prochain_le) where prochain_le is not null;
create index envoi_compte on envoi (compte_id, id);
create index envoi_crochet on envoi (crochet_id, id);
create index envoi_fini on envoi (fini_le);

-- Work of which several servers do each piece once: whoever takes it has it until it is too old.
create table tache (
    nom text primary key,
    prise_le text not null,
    fait_le text not null
) strict, without rowid;
