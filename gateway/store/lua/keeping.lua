-- Shared by the scripts that let a delivery live longer.

-- Lets a delivery, its event and the event's explanation live for at least *seconds* from now.
local function keep(delivery_key, event_key, seconds)
  redis.call('EXPIRE', delivery_key, seconds, 'GT')
  redis.call('EXPIRE', event_key, seconds, 'GT')
  local explained = redis.call('HGET', event_key, 'explained')
  if explained then redis.call('EXPIRE', explained, seconds, 'GT') end
end
