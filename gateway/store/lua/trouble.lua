-- Notes whether a trouble of the gateway itself lasts. When it begins and when it ends, operators must hear of it, once.
-- With the functions of `call`.
--
-- Reads  TROUBLE_KEYS, TROUBLE_ARGS
-- Returns 1 when it has just begun or ended, else 0

local TROUBLE_KEYS = {'troubles', 'alarms'}
-- lasts: '1', or '' when it is over. text: a sentence about it.
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
