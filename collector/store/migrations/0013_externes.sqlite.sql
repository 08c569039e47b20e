-- The number a bouton had elsewhere, such as the national button's: one bouton of its démarche.
alter table bouton add column externe text;
create unique index bouton_externe on bouton (demarche_id, externe) where externe is not null;
