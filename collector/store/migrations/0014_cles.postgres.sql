-- See the file for SQLite: PostgreSQL has columns in any order. Something has to be done all the
-- same, for a script that says nothing is an error to the driver.
comment on table avis_etiquette is 'Les étiquettes de chaque avis commenté.';
