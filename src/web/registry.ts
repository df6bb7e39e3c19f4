import { Router, type RequestHandler } from 'express';
import { enforcePolicy, type Guard } from './guards.ts';
import { openPolicy, type PathPolicy, type Policy } from './policy.ts';
import type { Area, Route, Routes } from './routes.ts';

/** The routes on one path, with the policy of each method. Express does the rest: parameters, `HEAD`, `OPTIONS`. */
type Entry = { handle: Router; policies: Map<string, Policy>; otherwise: Policy };
/** A part of a path: next parts as they are written, in lower case, and one for any text, a parameter. */
type Node = { literals: Map<string, Node>; parameter: Node | undefined; entry: Entry | undefined };

export type Registry = ReturnType<typeof createRegistry>;

/**
 * Finds the route of a request once, before all layers, so that they know its policy; `dispatch` then runs that route and
 * no other. @throws Error when a method and path are declared twice
 */
export function createRegistry(features: readonly Pick<Routes, 'routes' | 'areas'>[], guard: Guard) {
  const areaOf = areaFinder(features.flatMap((feature) => feature.areas));
  const routes: readonly Route[] = features
    .flatMap((feature) => feature.routes)
    .map((route) => ({ ...route, policy: { ...areaOf(route.path), ...route.policy } }));
  const root = createNode();
  for (const route of routes) add(root, route, enforcePolicy(route.policy, guard));

  const find: RequestHandler = (req, _res, next) => {
    const method = req.method === 'HEAD' ? 'GET' : req.method;
    const entry = search(root, partsOf(req.path), 0, method);
    req.policy = entry
      ? (entry.policies.get(method) ?? entry.otherwise)
      : { ...areaOf(req.path), ...openPolicy };
    req.routesHere = entry?.handle;
    next();
  };
  const dispatch: RequestHandler = (req, res, next) =>
    req.routesHere ? req.routesHere(req, res, next) : next();
  /** Answers monitoring requests before the layers that identify the caller. */
  const dispatchProbes: RequestHandler = (req, res, next) =>
    req.policy.probe ? dispatch(req, res, next) : next();
  return { routes, find, dispatch, dispatchProbes };
}

const createNode = (): Node => ({ literals: new Map(), parameter: undefined, entry: undefined });

/** Parts of a path as Express compares them: the case does not matter, nor does one slash at the end. */
const partsOf = (path: string) => path.toLowerCase().replace(/^\//, '').replace(/\/$/, '').split('/');

function add(root: Node, { method, path, policy, handlers }: Route, enforce: RequestHandler): void {
  let node = root;
  for (const part of partsOf(path)) node = part.startsWith(':') ? parameterOf(node) : literalOf(node, part);
  node.entry ??= { handle: Router(), policies: new Map(), otherwise: pathPolicyOf(policy) };
  const verb = method.toUpperCase();
  if (node.entry.policies.has(verb)) throw new Error(`${verb} ${path} is declared twice`);
  node.entry.policies.set(verb, policy);
  node.entry.handle[method](path, enforce, ...handlers);
}

const parameterOf = (node: Node): Node => (node.parameter ??= createNode());

function literalOf({ literals }: Node, part: string): Node {
  const node = literals.get(part) ?? createNode();
  literals.set(part, node);
  return node;
}

/** The entry that has the method, a literal part before a parameter; else one of the same path without the method. */
function search(node: Node, parts: readonly string[], index: number, method: string): Entry | undefined {
  const part = parts[index];
  if (part === undefined) return node.entry;
  const literal = node.literals.get(part);
  const found = literal && search(literal, parts, index + 1, method);
  if (found?.policies.has(method) || !node.parameter || part === '') return found;
  const other = search(node.parameter, parts, index + 1, method);
  return other?.policies.has(method) ? other : (found ?? other);
}

/** What of a policy holds for the methods that its path does not have. */
function pathPolicyOf({ format, textStatus = false, cors = true, secretPath = false }: Policy): Policy {
  const policy = { ...openPolicy, textStatus, cors, secretPath };
  return format ? { ...policy, format } : policy;
}

/** @returns what the longest area says that a path is in */
function areaFinder(areas: readonly Area[]) {
  const longestFirst = areas.toSorted((one, other) => other.path.length - one.path.length);
  return (asked: string): PathPolicy => {
    const path = `${asked.toLowerCase().replace(/^\/+/, '/')}/`;
    return longestFirst.find((area) => path.startsWith(`${area.path}/`))?.policy ?? {};
  };
}
