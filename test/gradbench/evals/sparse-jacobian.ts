/**
 * The Jacobian of bundle adjustment as compressed rows: for each observation two rows of 15 entries (its camera, its
 * point, its weight), then for each weight a row of one.
 */
const cameraSize = 11;
const pointSize = 3;
const rowSize = cameraSize + pointSize + 1;

/** The lists are long and repeat; GradBench asks for the first rows of one observation, and the last entry. */
const shown = 2 * rowSize;

export class SparseJacobian {
  private readonly rows: Int32Array;
  private readonly columns: Int32Array;
  private readonly values: Float64Array;
  private readonly cameras: number;
  private readonly points: number;
  private readonly observations: number;

  constructor(cameras: number, points: number, observations: number) {
    [this.cameras, this.points, this.observations] = [cameras, points, observations];
    this.rows = new Int32Array(3 * observations + 1);
    this.columns = new Int32Array((2 * rowSize + 1) * observations);
    this.values = new Float64Array((2 * rowSize + 1) * observations);
  }

  /** Both rows of an observation, from the 30 numbers at a place of a list. */
  setErrors(observation: number, camera: number, point: number, from: Float64Array, place: number): void {
    const pointColumn = cameraSize * this.cameras + pointSize * point;
    for (let row = 2 * observation; row < 2 * observation + 2; row++) {
      let at = row * rowSize;
      this.rows[row + 1] = at + rowSize;
      for (let i = 0; i < cameraSize; i++) this.columns[at++] = cameraSize * camera + i;
      for (let i = 0; i < pointSize; i++) this.columns[at++] = pointColumn + i;
      this.columns[at++] = this.weightColumn(observation);
      for (at -= rowSize; at < (row + 1) * rowSize; at++) this.values[at] = from[place++]!;
    }
  }

  /** The row of a weight. */
  setWeight(observation: number, value: number): void {
    const at = 2 * rowSize * this.observations + observation;
    this.rows[2 * this.observations + observation + 1] = at + 1;
    this.columns[at] = this.weightColumn(observation);
    this.values[at] = value;
  }

  /** The lists, of each the first 30 entries and the last. */
  shortened(): Readonly<Record<'rows' | 'cols' | 'vals', readonly number[]>> {
    const short = (list: Int32Array | Float64Array): number[] => [...list.subarray(0, shown), list.at(-1)!];
    return { rows: short(this.rows), cols: short(this.columns), vals: short(this.values) };
  }

  private weightColumn(observation: number): number {
    return cameraSize * this.cameras + pointSize * this.points + observation;
  }
}
