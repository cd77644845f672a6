/** A linear map that is known by its transpose alone: yₑ = ⟨transpose(unit e), t⟩, one unit cotangent after the other. */
import { type AnyTensor, countOf, type Node, paramsOf } from '@cotangent/graph';
import {
  add,
  addAffine,
  along,
  apply,
  assign,
  constantPlace,
  convert,
  load,
  loop,
  mul,
  number,
  read,
  select,
  set,
  store,
  typeOf,
  variableValue,
} from '../loops/build.ts';
import { Buffer, type Kernel, Local, type Statement, Variable } from '../loops/ir.ts';
import type { Place } from '../lower/expressions.ts';
import type { PlaceTable, Planner } from './planner.ts';
import { kernelStep, type Step } from './steps.ts';

export function customLinearSteps(
  node: Node,
  places: PlaceTable,
  around: readonly Variable[],
  planner: Planner,
): Step[] {
  const { consts, body } = paramsOf<'customLinear'>(node);
  const constants = node.inputs.slice(0, consts).map((input) => places.plain(input));
  const tangents = node.inputs.slice(consts).map((input) => places.plain(input));
  const fresh = (tensor: AnyTensor): Place => ({
    buffer: new Buffer('unit', tensor.dtype, countOf(tensor.shape), 'temporary'),
    at: constantPlace(0),
  });
  return node.outputs.flatMap((result): Step[] => {
    const element = new Variable('element');
    const inside = [...around, element];
    const units = node.outputs.map(fresh);
    const cotangents = body.outputs.map(({ tensor }) => fresh(tensor));
    const fills = units.map((unit, k) =>
      kernelStep(fill(unit, node.outputs[k] === result ? element : undefined, inside)),
    );
    return [
      {
        kind: 'loop',
        variable: element,
        count: countOf(result.shape),
        reverse: false,
        body: [
          ...fills,
          ...planner.body(body, [...constants, ...units], cotangents, inside),
          kernelStep(inner(cotangents, tangents, places.of(result), element, inside)),
        ],
      },
    ];
  });
}

const kernel = (name: string, body: Statement[], around: readonly Variable[]): Kernel => ({
  name,
  unit: new Variable('unit'),
  units: 1,
  around,
  body,
  cost: { flops: 0, bytes: 0 },
});

/** Zeros, but for a 1 at one element. */
function fill({ buffer, at }: Place, one: Variable | undefined, around: readonly Variable[]): Kernel {
  const place = new Variable('place');
  const type = typeOf(buffer.dtype);
  const value =
    one === undefined
      ? number(type, 0)
      : select(apply('eq', variableValue(place), variableValue(one)), number(type, 1), number(type, 0));
  return kernel(
    'unit',
    [loop(place, buffer.size, [assign(store(buffer, addAffine(at, along(place)), value))])],
    around,
  );
}

function inner(
  cotangents: readonly Place[],
  tangents: readonly Place[],
  to: Place,
  element: Variable,
  around: readonly Variable[],
): Kernel {
  const total = new Local('total', typeOf('f64'));
  const sums = cotangents.map(({ buffer, at }, k) => {
    const place = new Variable('place');
    const tangent = tangents[k]!;
    const product = mul(
      convert(load(buffer, addAffine(at, along(place))), 'f64'),
      convert(load(tangent.buffer, addAffine(tangent.at, along(place))), 'f64'),
    );
    return loop(place, buffer.size, [assign(set(total, add(read(total), product)))]);
  });
  return kernel(
    'inner',
    [
      assign(set(total, number(total.type, 0))),
      ...sums,
      assign(store(to.buffer, addAffine(to.at, along(element)), convert(read(total), to.buffer.dtype))),
    ],
    around,
  );
}
