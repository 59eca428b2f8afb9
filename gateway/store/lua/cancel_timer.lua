-- Cancels one timer and removes the items of its rollup. Uses the functions of `call` and `timing`.
--
-- Reads  CANCEL_TIMER_KEYS, CANCEL_TIMER_ARGS
-- Returns 1, or 0 when there is no such timer

local CANCEL_TIMER_KEYS = {'timer_key', 'open_key', 'items_key'}
local CANCEL_TIMER_ARGS = {'id', 'timers_prefix'}

local call = read_args(CANCEL_TIMER_ARGS, read_keys(CANCEL_TIMER_KEYS))
local type = redis.call('HGET', call.timer_key, 'type')
if not type then return 0 end
remove_timer(call.timers_prefix .. type, call.timer_key, call.id)
redis.call('DEL', call.open_key, call.items_key)
return 1
