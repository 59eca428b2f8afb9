-- What the scripts share that keep a delivery longer than it would live.

-- Keeps a delivery, its event and the explanation of it for *seconds* from now, if they do not live longer.
local function keep(delivery_key, event_key, seconds)
  redis.call('EXPIRE', delivery_key, seconds, 'GT')
  redis.call('EXPIRE', event_key, seconds, 'GT')
  local explained = redis.call('HGET', event_key, 'explained')
  if explained then redis.call('EXPIRE', explained, seconds, 'GT') end
end
