-- Records evaluations of timers that led to no event. Uses the functions of `call` and `timing`.
--
-- Reads  ADVANCE_ARGS, timers x (TIMER_KEYS, TIMER_ARGS)
-- Returns {1 or 0, ...}   for each timer: 0 when it has changed since the evaluation, and is left as it is

-- lives_s: how long a timer that is done is remembered.
local ADVANCE_ARGS = {'lives_s', 'timers'}
local TIMER_KEYS = {'timers_key', 'timer_key'}
-- next_look: when it is evaluated again, '' for never. evaluated_at: '' when only its next look is moved.
local TIMER_ARGS = {'id', 'version', 'next_look', 'evaluated_at'}

local call = read_args(ADVANCE_ARGS)
local result = {}
for number = 1, call.timers do
  local timer = read_args(TIMER_ARGS, read_keys(TIMER_KEYS))
  result[number] = 0
  if redis.call('HGET', timer.timer_key, 'version') == timer.version then
    result[number] = 1
    if timer.evaluated_at == '' then
      redis.call('ZADD', timer.timers_key, 'XX', timer.next_look, timer.id)
    else
      advance_timer(timer.timers_key, timer.timer_key, timer.id, timer.next_look, timer.evaluated_at, call.lives_s)
    end
  end
end
return result
