-- Addresses that people left to be written back to, apart from their avis: no other table has them,
-- and nothing but the key leads from one to the other. What was agreed to: the words of that
-- questionnaire in that language, at that instant.
create table contact (
    demarche_id integer not null,
    cle text not null,
    courriel text not null,
    questionnaire text not null,
    langue text not null,
    accord_le text not null,
    jour text not null,
    primary key (demarche_id, cle)
) strict, without rowid;

create index contact_par_date on contact (demarche_id, accord_le, cle);

-- Old ones are deleted, of every démarche at once.
create index contact_jour on contact (jour);

-- To see them is a right of its own.
alter table droit add column contacts integer not null default 0;
