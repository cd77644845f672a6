/** Where threads wait for each other. */
import {
  block,
  br,
  br_if,
  call,
  type Dependency,
  drop,
  i32,
  if_,
  importFunc,
  local,
  loop,
  memory,
  unreachable,
} from 'wasmati';
import { Code, parameter } from './code.ts';
import { controlBlock } from './control-block.ts';
import { hostNames } from './host-names.ts';

/** Turns of waiting before a thread goes to sleep: some tens of microseconds. */
const spins = 20_000;

const sleeper = Object.assign(
  importFunc({ in: [i32], out: [] }, () => {}),
  hostNames.sleep,
);

/** A meeting of all threads: nobody goes on before everybody has come. */
export function emitMeeting(): Dependency.Func {
  const code = new Code();
  const threadCount = parameter('i32', 0);
  const phase = code.take('i32');
  const turns = code.take('i32');
  code.emit((locals) => {
    i32.const(0);
    i32.atomic.load({ offset: controlBlock.phase });
    local.set(locals(phase));
    i32.const(0);
    i32.const(1);
    i32.atomic.rmw.add({ offset: controlBlock.arrived });
    i32.const(1);
    i32.add();
    local.get(locals(threadCount));
    i32.eq();
    if_(
      null,
      () => {
        i32.const(0);
        i32.const(0);
        i32.atomic.store({ offset: controlBlock.arrived });
        i32.const(0);
        i32.const(0);
        i32.atomic.store({ offset: controlBlock.ticket });
        i32.const(0);
        local.get(locals(phase));
        i32.const(1);
        i32.add();
        i32.atomic.store({ offset: controlBlock.phase });
        i32.const(0);
        i32.const(-1);
        memory.atomic.notify({ offset: controlBlock.phase });
        drop();
      },
      () => {
        block(null, (out) => {
          loop(null, (again) => {
            i32.const(0);
            i32.atomic.load({ offset: controlBlock.phase });
            local.get(locals(phase));
            i32.ne();
            br_if(out);
            local.get(locals(turns));
            i32.const(1);
            i32.add();
            local.tee(locals(turns));
            i32.const(spins);
            i32.lt_u();
            br_if(again);
            local.get(locals(phase));
            call(sleeper as never);
            br(again);
          });
        });
      },
    );
    // Whoever failed has woken the others: nobody computes with what it left undone.
    i32.const(0);
    i32.atomic.load({ offset: controlBlock.failed });
    if_(null, () => {
      unreachable();
    });
  });
  return code.finish(['i32'], []);
}
