-- Notes that a trouble of the gateway itself has begun or ended, and asks for one alarm in either case. Uses the
-- functions of `call`.
--
-- Reads  TROUBLE_KEYS, TROUBLE_ARGS
-- Returns 1, or 0 when that was known already

local TROUBLE_KEYS = {'troubles', 'alarms'}
-- lasts: '1', or '' when the trouble is over. text: a sentence that describes it.
local TROUBLE_ARGS = {'kind', 'lasts', 'text'}

local call = read_args(TROUBLE_ARGS, read_keys(TROUBLE_KEYS))
local state
if call.lasts == '1' then
  if redis.call('HSETNX', call.troubles, call.kind, now) == 1 then state = 'begins' end
elseif redis.call('HDEL', call.troubles, call.kind) == 1 then
  state = 'ends'
end
if not state then return 0 end
redis.call('RPUSH', call.alarms, table.concat({call.kind, 'gateway', state, now, call.text}, ' '))
return 1
