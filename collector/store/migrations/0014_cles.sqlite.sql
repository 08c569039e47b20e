-- The columns of a key come first in a table without rowid. In the SQLite of Debian 12 (3.40.1)
-- integrity_check otherwise looks at another column than it says, and takes the table for damaged:
-- with one label on one comment, no copy was made any more.
create table avis_etiquette_ (
    demarche_id integer not null,
    cle text not null,
    etiquette_id integer not null references etiquette (id),
    recu_le text not null,
    primary key (demarche_id, cle, etiquette_id)
) strict, without rowid;

insert into avis_etiquette_ (demarche_id, cle, etiquette_id, recu_le)
select demarche_id, cle, etiquette_id, recu_le
from avis_etiquette;

drop table avis_etiquette;

alter table avis_etiquette_ rename to avis_etiquette;

create index avis_par_etiquette on avis_etiquette (demarche_id, etiquette_id, recu_le, cle);

create table retrait_ (
    demarche_id integer not null,
    cle text not null,
    geste text not null,
    recu_le text not null,
    motif text not null,
    verbatim text,
    par text not null,
    le text not null,
    primary key (demarche_id, cle, geste)
) strict, without rowid;

insert into retrait_ (demarche_id, cle, geste, recu_le, motif, verbatim, par, le)
select demarche_id, cle, geste, recu_le, motif, verbatim, par, le
from retrait;

drop table retrait;

alter table retrait_ rename to retrait;

create index retrait_par_geste on retrait (demarche_id, geste, recu_le, cle);

create index retrait_par_instant on retrait (recu_le);
