-- Avis by démarche and day: what lists, downloads and counts by a filter read a range of.
create index avis_par_instant on avis (demarche_id, recu_le, cle);

-- Comments, as the index of words sees them.
create view commentaire as
select id, demarche_id, verbatim
from avis
where verbatim is not null;

-- The words of comments, which stay in `avis` alone. The démarche is a word too: whoever reads a
-- small one does not go through what all the others say. Kept in step by the triggers below, in the
-- transaction that changes the avis, whoever does.
create virtual table recherche using fts5 (
    demarche_id,
    verbatim,
    content = 'commentaire',
    content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2'
);

create trigger avis_ajoute after insert on avis
when new.verbatim is not null
begin
    insert into recherche (rowid, demarche_id, verbatim)
    values (new.id, new.demarche_id, new.verbatim);
end;

create trigger avis_retire after delete on avis
when old.verbatim is not null
begin
    insert into recherche (recherche, rowid, demarche_id, verbatim)
    values ('delete', old.id, old.demarche_id, old.verbatim);
end;

create trigger avis_change after update of id, demarche_id, verbatim on avis
when (old.id, old.demarche_id, old.verbatim) is not (new.id, new.demarche_id, new.verbatim)
begin
    insert into recherche (recherche, rowid, demarche_id, verbatim)
    select 'delete', old.id, old.demarche_id, old.verbatim
    where old.verbatim is not null;

    insert into recherche (rowid, demarche_id, verbatim)
    select new.id, new.demarche_id, new.verbatim
    where new.verbatim is not null;
end;

-- What was there before.
insert into recherche (recherche) values ('rebuild');
