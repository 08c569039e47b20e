-- What was seen of each bouton by day: origins, versions of the widget, refusals. Nobody's address.
create table presence (
    demarche_id integer not null,
    bouton text not null,
    jour text not null,
    genre text not null,
    valeur text not null,
    n integer not null,
    primary key (demarche_id, bouton, jour, genre, valeur)
) strict, without rowid;

-- Old days are forgotten, of every bouton at once.
create index presence_jour on presence (jour);
