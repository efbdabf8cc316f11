// The storage that scimmy leaves to its user: two maps. The protocol is all scimmy's own.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import Routers from "scimmy-routers";

const [port, token] = process.argv.slice(2);
const { Error: Refusal } = SCIMMY.Types;
const users = new Map();
const groups = new Map();

const holding = (id) =>
  [...groups.values()].filter(({ members }) => members?.some(({ value }) => value === id));

// A user as shown: with the groups that hold it.
const shown = (record) => {
  const inside = holding(record.id).map(({ id, displayName }) => ({ value: id, display: displayName }));
  return inside.length > 0 ? { ...record, groups: inside } : record;
};

const found = (map, id) => {
  if (!map.has(id)) throw new Refusal(404, null, `no resource ${id}`);
  return map.get(id);
};

const storage = (map, show, unique) => ({
  async ingress({ id }, data) {
    const before = id === undefined ? undefined : found(map, id);
    const name = (record) => String(record[unique]).toLowerCase();
    for (const other of unique ? map.values() : []) {
      if (other.id !== id && name(other) === name(data)) throw new Refusal(409, "uniqueness", `${unique} is taken`);
    }
    const { schemas: _, meta: __, password: ___, ...kept } = JSON.parse(JSON.stringify(data));
    const lastModified = new Date().toISOString();
    const meta = { created: before?.meta.created ?? lastModified, lastModified };
    const record = { ...kept, id: id ?? randomUUID(), meta };
    map.set(record.id, record);
    return show(record);
  },
  async egress({ id, filter }) {
    if (id !== undefined) return show(structuredClone(found(map, id)));
    const all = [...map.values()].map((record) => show(structuredClone(record)));
    return filter === undefined ? all : filter.match(all);
  },
  async degress({ id }) {
    found(map, id);
    map.delete(id);
    for (const group of holding(id)) group.members = group.members.filter(({ value }) => value !== id);
  },
});

SCIMMY.Resources.declare(SCIMMY.Resources.User, storage(users, shown, "userName"));
SCIMMY.Resources.declare(SCIMMY.Resources.Group, storage(groups, (group) => group));
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false);

const handler = (request) => {
  if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("wrong token");
  return "provisor";
};
express()
  .use("/scim", new Routers({ type: "bearer", handler }))
  .listen(Number(port), "127.0.0.1");
