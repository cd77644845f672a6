/** From the 26 numbers of a pose to the vertices of a hand: bones turn, carry their children along, and move the skin. */
import {
  type AnyTensor,
  arange,
  concat,
  cond,
  constant,
  einsum,
  fill,
  scan,
  stack,
  type Tensor,
} from 'cotangent';

/** The wrist, four bones for each of five fingers, and the forearm. */
export const boneCount = 22;
/** A global rotation and translation of three numbers each, and four angles for each finger. */
export const poseSize = 26;

export type Pose = Tensor<[typeof poseSize], 'f64'>;

export interface Hand {
  /** The bone that each bone hangs on, earlier in the list; −1 for the root. */
  readonly parents: Tensor<[typeof boneCount], 'i32'>;
  /** Each bone at rest, relative to its parent. */
  readonly relatives: Tensor<[typeof boneCount, 4, 4], 'f64'>;
  /** From the place of a vertex to its place relative to each bone at rest. */
  readonly inverses: Tensor<[typeof boneCount, 4, 4], 'f64'>;
  /** Vertices at rest, with a fourth coordinate of 1. */
  readonly vertices: Tensor<['vertices', 4], 'f64'>;
  /** How much each vertex follows each bone. */
  readonly weights: Tensor<['vertices', typeof boneCount], 'f64'>;
}

type Rotation = Tensor<[3, 3], 'f64'>;

const identity = <N extends number>(size: N) => arange(size).oneHot(size, 'f64');

/** Vertices in the pose, before the global rotation and translation: a weighted mean of what each bone makes of them. */
export function skinnedPositions(pose: Pose, hand: Hand): Tensor<['vertices', 3], 'f64'> {
  const absolutes = absoluteTransforms(hand.relatives.matmul(boneRotations(pose)), hand.parents);
  const transforms = absolutes.matmul(hand.inverses).slice(1, 0, 3);
  const weighted = einsum('vb,vh->vbh', [hand.weights, hand.vertices]);
  return einsum('vbh,bih->vi', [weighted, transforms]);
}

/**
 * For each bone where its two angles stand in the pose. The first bone of a finger does not move; of the others each
 * bends, and the second also spreads. 26 stands for an angle that is always 0.
 */
function anglePositions(): { bend: number[]; spread: number[] } {
  const still = poseSize;
  const bend = Array.from({ length: boneCount }, () => still);
  const spread = [...bend];
  for (let finger = 0; finger < 5; finger++) {
    const [bone, angle] = [2 + 4 * finger, 6 + 4 * finger];
    [bend[bone], spread[bone], bend[bone + 1], bend[bone + 2]] = [angle, angle + 1, angle + 2, angle + 3];
  }
  return { bend, spread };
}

/** A turn about x (bending), then one about z (spreading), for each bone, as 4 × 4 matrices. */
function boneRotations(pose: Pose): Tensor<[typeof boneCount, 4, 4], 'f64'> {
  const positions = anglePositions();
  const angles = concat([pose, fill(0, [1], 'f64')], 0);
  const bend = angles.take(constant(positions.bend, 'i32')).as([boneCount]);
  const spread = angles.take(constant(positions.spread, 'i32')).as([boneCount]);
  const [cx, sx, cz, sz] = [bend.cos(), bend.sin(), spread.cos(), spread.sin()];
  const zero = fill(0, [boneCount], 'f64');
  const one = fill(1, [boneCount], 'f64');
  const rows = [
    [cz, sz.mul(cx).neg(), sz.mul(sx), zero],
    [sz, cz.mul(cx), cz.mul(sx).neg(), zero],
    [zero, sx, cx, zero],
    [zero, zero, zero, one],
  ];
  return stack(rows.flat(), 1).reshape([boneCount, 4, 4]);
}

/** Each transform after that of its parent, bone by bone. Place 0 holds that of the root's parent: the identity. */
function absoluteTransforms(
  relatives: Tensor<[typeof boneCount, 4, 4], 'f64'>,
  parents: Tensor<[typeof boneCount], 'i32'>,
): Tensor<[typeof boneCount, 4, 4], 'f64'> {
  const places = boneCount + 1;
  const first = arange(places).equal(0).reshape([places, 1, 1]).cast('f64').mul(identity(4));
  const xs = { relative: relatives, parent: parents.add(1), place: arange(boneCount).add(1) };
  const [known] = scan({ init: first, xs }, (known, { relative, parent, place }) => {
    const absolute = known.take(parent).matmul(relative);
    return [known.scatterSet(place.reshape([1, 1]), absolute.reshape([1, 4, 4]))];
  });
  return known.slice(0, 1).as([boneCount, 4, 4]);
}

/** Rodrigues' formula for a rotation about an axis by its length in radians: c·I + s·[u]ₓ + (1 − c)·u·uᵀ. */
export function globalRotation(pose: Pose): Rotation {
  const turn = pose.slice(0, 0, 3);
  const angle = turn.norm();
  return cond(
    angle.less(1e-4),
    () => identity(3),
    () => {
      const axis = turn.div(angle);
      const [x, y, z] = [axis.at(0, 0), axis.at(0, 1), axis.at(0, 2)];
      const zero = fill(0, [], 'f64');
      const entries: AnyTensor[] = [zero, z.neg(), y, z, zero, x.neg(), y.neg(), x, zero];
      const cross = stack(entries).reshape([3, 3]);
      const outer = axis.expandDims(1).mul(axis.expandDims(0));
      const cosine = angle.cos();
      return identity(3)
        .mul(cosine)
        .add(cross.mul(angle.sin()))
        .add(outer.mul(cosine.neg().add(1)));
    },
  ).as([3, 3]);
}
