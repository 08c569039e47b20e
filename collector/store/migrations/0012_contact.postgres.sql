-- The table of 0012_contact.sqlite.sql, with the same columns and the same values.
create table contact (
    demarche_id integer not null,
    cle uuid not null,
    courriel text not null,
    questionnaire text not null,
    langue text not null,
    accord_le text collate "C" not null,
    jour text collate "C" not null,
    primary key (demarche_id, cle)
);

create index contact_par_date on contact (demarche_id, accord_le, cle);

-- Old ones are deleted, of every démarche at once.
create index contact_jour on contact (jour);

-- To see them is a right of its own.
alter table droit add column contacts integer not null default 0;

-- Where avis are spread over servers already, so are these: see `collector.store.citus`.
do $$
begin
    if to_regclass('pg_dist_partition') is not null then
        if exists (select from pg_dist_partition where logicalrelid = 'avis'::regclass) then
            perform create_distributed_table('contact', 'demarche_id', colocate_with => 'avis');
        end if;
    end if;
end
$$;
