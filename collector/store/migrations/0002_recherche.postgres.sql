-- Avis by démarche and day: what lists, downloads and counts by a filter read a range of.
create index avis_par_instant on avis (demarche_id, recu_le, cle);

-- The words of a comment. Accents go first (what is left of a letter once it is taken apart), then
-- all that is neither letter nor digit: no word is then taken for an address or a file name. Every
-- word is there as it is, in its place, for phrases and for the start of words; and its French
-- stem, without a place. In functions that every PostgreSQL has, no extension nor function of ours:
-- servers that share the table need nothing more.
alter table avis add column recherche tsvector generated always as (
    to_tsvector(
        'pg_catalog.simple',
        regexp_replace(
            regexp_replace(normalize(verbatim, nfd), '[\u0300-\u036f]+', '', 'g'),
            '[\u0001-\u001f!-/:-@\[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7'
            '\u2000-\u206f\u20a0-\u2bff\u3000-\u3004\u3008-\u303f\ufe00-\ufe0f\U0001f000-\U0001faff]+',
            ' ', 'g'
        )
    ) || strip(to_tsvector(
        'pg_catalog.french',
        regexp_replace(
            regexp_replace(normalize(verbatim, nfd), '[\u0300-\u036f]+', '', 'g'),
            '[\u0001-\u001f!-/:-@\[-`{-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7'
            '\u2000-\u206f\u20a0-\u2bff\u3000-\u3004\u3008-\u303f\ufe00-\ufe0f\U0001f000-\U0001faff]+',
            ' ', 'g'
        )
    ))
) stored;

-- Kept short: what waits to be sorted into the index is read by every search, and whoever fills it
-- up sorts it in while an avis waits.
create index avis_recherche on avis using gin (recherche)
with (gin_pending_list_limit = 256)
where recherche is not null;
