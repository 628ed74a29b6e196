"""The functions and tables of Citus that `portico distribute` uses, in a PostgreSQL that has none.

Tables stay where they are. Like Citus, the functions refuse a table with a key or a reference that can't be
distributed.
"""

from typing import Final

FAKE_CITUS: Final = (
    "CREATE TABLE pg_dist_node (isactive boolean, shouldhaveshards boolean)",
    "INSERT INTO pg_dist_node VALUES (true, true)",
    "CREATE TABLE pg_dist_object (classid oid, objid oid)",
    "CREATE TABLE pg_dist_partition (logicalrelid regclass, partkey text, partmethod text, repmodel text)",
    "CREATE FUNCTION citus_is_coordinator() RETURNS boolean LANGUAGE sql AS $$ SELECT true $$",
    "CREATE FUNCTION citus_version() RETURNS text LANGUAGE sql AS $$ SELECT 'Citus 13.2.0 on a test' $$",
    "CREATE FUNCTION column_to_column_name(regclass, text) RETURNS text LANGUAGE sql AS $$ SELECT $2 $$",
    """CREATE FUNCTION create_distributed_function(regprocedure) RETURNS void LANGUAGE sql AS $$
         INSERT INTO pg_dist_object VALUES ('pg_proc'::regclass, $1) $$""",
    """CREATE FUNCTION create_distributed_table(name regclass, place text, colocate_with text DEFAULT 'default')
       RETURNS void LANGUAGE plpgsql AS $$
       DECLARE place_number int2 := (SELECT attnum FROM pg_attribute WHERE attrelid = name AND attname = place);
               refused text;
       BEGIN
         SELECT string_agg(i.indexrelid::regclass::text, ', ') INTO refused FROM pg_index i
          WHERE i.indrelid = name AND i.indisunique AND NOT place_number = ANY (i.indkey::int2[]);
         IF refused IS NOT NULL THEN RAISE 'keys without %: %', place, refused; END IF;
         SELECT string_agg(conname, ', ') INTO refused FROM pg_constraint
          WHERE contype = 'f' AND name IN (conrelid, confrelid);
         IF refused IS NOT NULL THEN RAISE 'references of tables that are not distributed: %', refused; END IF;
         INSERT INTO pg_dist_partition VALUES (name, place, 'h', 's');
       END $$""",
    """CREATE FUNCTION create_reference_table(name regclass) RETURNS void LANGUAGE sql AS $$
         INSERT INTO pg_dist_partition VALUES (name, NULL, 'n', 't') $$""",
)
