local id, asserted = ARGV[6], tonumber(ARGV[7])
local before = fetch(base .. 'c:' .. id)
local after = lay({}, 8)
local rev = asserted
if before then
  local stored = tonumber(before.rev)
  if asserted ~= 0 and asserted < stored then return { 'ok', flat(before) } end
  rev = math.max(rev, stored)
end
after.last_seq = int(math.max(tonumber(after.last_seq), last_told(id, before)))
after.rev = int(rev + 1)
put_chat(id, before, after)
return { 'ok', flat(after) }
