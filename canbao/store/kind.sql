-- Whether the people of this register are invented, as the home says that made it (canbao.config.home). Written once, when the
-- register is made: a practice home, which believes names, never works on the database of a real one. Run as canbao_owner after every
-- migration; repeatable.
create table if not exists register_kind (
    only_row    boolean primary key default true check (only_row),
    is_practice boolean not null
);
revoke all on register_kind from canbao_worker, canbao_web;
grant select on register_kind to canbao_worker;
