-- keep: put a batch of calls on record, all or nothing; returns the places that were left out,
-- a replayed call's as a negative number, one over its grant's quota as a positive one.
--
-- A function of the session: one round trip, and each of its statements is planned once.  As one
-- statement of nine common table expressions the same work took the database three times as long.
-- `quotas` is null for calls that do not count, `nonces` for those that take none.
create or replace function pg_temp.keep(
    leaves uuid[], salts bytea[], records text[], hashes bytea[], ats timestamptz[], days date[],
    apps text[], grants uuid[], addresses text[], codes text[], nonces bytea[], quotas bigint[],
    calls int[], rows int[], refused int[], bytes int[]
) returns int[] language plpgsql as $$
declare
    fresh bytea[];
    replayed int[] := '{}';
    over int[] := '{}';
    tight boolean;
begin
    with taken as (
        insert into gateway_nonces (key, at)
        select b.key, b.at from unnest(nonces, ats) as b(key, at) where b.key is not null
        order by b.key  -- two processes with the same nonces wait for, and never lock, each other
        on conflict do nothing
        returning key
    )
    select coalesce(array_agg(key), '{}') into fresh from taken;
    if cardinality(fresh) < cardinality(array_remove(nonces, null)) then
        replayed := array(
            select b.place from unnest(nonces) with ordinality as b(nonce, place)
            where b.nonce is not null and b.nonce <> all (fresh)
        );
    end if;

    with used as (
        insert into gateway_usage as u ("grant", day, calls, rows, refused)
        select b."grant", b.day, sum(b.calls), sum(b.rows), sum(b.refused)
        from unnest(grants, days, calls, rows, refused)
            with ordinality as b("grant", day, calls, rows, refused, place)
        where b."grant" is not null and b.place <> all (replayed)
        group by b."grant", b.day order by b."grant", b.day
        on conflict ("grant", day) do update set
            calls = u.calls + excluded.calls,
            rows = u.rows + excluded.rows,
            refused = u.refused + excluded.refused
        returning u."grant", u.day, u.calls
    )
    select exists (
        select from used join unnest(grants, days, quotas) as b("grant", day, quota)
            on b."grant" = used."grant" and b.day = used.day
        where used.calls > b.quota
    ) into tight;
    if tight then
        -- The figure after the batch, and each call's number in it, tell which came too late.
        -- Their marks stay until the refusals that follow take them back; until then the grant
        -- is at its limit anyway.
        over := array(
            select n.place from (
                select b.*,
                    count(*) over (partition by b."grant", b.day) as counted,
                    row_number() over (partition by b."grant", b.day order by b.place) as ordinal
                from unnest(grants, days, quotas) with ordinality as b("grant", day, quota, place)
                where b.quota is not null and b.place <> all (replayed)
            ) n join gateway_usage u on u."grant" = n."grant" and u.day = n.day
            where u.calls - n.counted + n.ordinal > n.quota
        );
    end if;

    insert into ledger_records (leaf, at, kind, by, salt, record)
    select b.leaf, b.at, case b.code when 'ok' then 'gateway:call:answer' else 'gateway:call:refuse' end,
        'app:' || b.app, b.salt, b.record
    from unnest(leaves, ats, codes, apps, salts, records)
        with ordinality as b(leaf, at, code, app, salt, record, place)
    where b.place <> all (replayed || over);

    insert into ledger_pending (leaf, leaf_hash)
    select b.leaf, b.hash from unnest(leaves, hashes) with ordinality as b(leaf, hash, place)
    where b.place <> all (replayed || over);

    insert into gateway_calls (leaf, at, app_id, "grant", address, code, rows, bytes)
    select b.leaf, b.at, b.app, b."grant", b.address, b.code, b.rows, b.bytes
    from unnest(leaves, ats, apps, grants, addresses, codes, rows, bytes)
        with ordinality as b(leaf, at, app, "grant", address, code, rows, bytes, place)
    where b.place <> all (replayed || over);

    return array(select -p from unnest(replayed) p) || over;
end
$$
