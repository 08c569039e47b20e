-- What was seen of each bouton by day: origins, versions of the widget, refusals. Nobody's address.
create table presence (
    demarche_id integer not null,
    bouton text collate "C" not null,
    jour text collate "C" not null,
    genre text collate "C" not null,
    valeur text collate "C" not null,
    n bigint not null,
    primary key (demarche_id, bouton, jour, genre, valeur)
);

-- Old days are forgotten, of every bouton at once.
create index presence_jour on presence (jour);
