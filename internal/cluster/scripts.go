package cluster

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"strings"

	"github.com/redis/rueidis"
)

// script is what Redis does in one step. Scripts compare before they change, since
// whoever calls one may have been asleep.
type script struct{ text, sum string }

func newScript(text string) *script {
	text = strings.TrimSpace(text)
	sum := sha1.Sum([]byte(text)) // the name that Redis gives it
	return &script{text, hex.EncodeToString(sum[:])}
}

// serverName is put before scripts: it names the process of Redis, or is "" where it says
// nothing of itself. The boot marker has it, so that the memory of another process, which
// may be older, counts as lost: after a failover, or a restart with a snapshot.
const serverName = `
local info = redis.pcall('INFO', 'server')
local server = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
`

// renewScript renews the lease of a node and lists those that are alive.
//
// A command that needs memory is only called where something is missing, so that
// renewals go on while Redis is full.
//
// A node without a lease gets none while a node of another format has one: they could not
// understand each other, and each call would be in two. The value of a lease is the format.
//
// KEYS: lease, nodes, boot, young. ARGV: node, ms of the lease, ms of the rest, ms
// young, boot, 1 if the node had a lease before, prefix of leases, format.
// It returns boot, young ("" if not), 1 if the lease had ended, and the nodes, each with
// the ms that are left of its lease; or the format of another node alone.
var renewScript = newScript(serverName + `
if redis.call('EXISTS', KEYS[1]) == 0 then
  for _, node in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    local format = redis.call('GET', ARGV[7] .. node)
    if format and format ~= ARGV[8] then return {format} end
  end
end
local boot = redis.call('GET', KEYS[3])
local young = redis.call('GET', KEYS[4])
local ended = 0
if boot and string.sub(boot, #ARGV[5] + 1) == server then
  redis.call('PEXPIRE', KEYS[3], ARGV[3])
else
  boot = ARGV[5] .. server
  redis.call('SET', KEYS[3], boot, 'PX', ARGV[3])
  young = 'empty'
  redis.call('SET', KEYS[4], young, 'PX', ARGV[4])
end
if redis.call('PEXPIRE', KEYS[1], ARGV[2]) == 0 then
  ended = 1
  redis.call('SET', KEYS[1], ARGV[8], 'PX', ARGV[2])
  if ARGV[6] == '1' and not young then
    young = 'back'
    redis.call('SET', KEYS[4], young, 'PX', ARGV[4])
  end
end
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 0 then
  redis.call('SADD', KEYS[2], ARGV[1])
end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local answer = {boot, young or '', tostring(ended)}
for _, node in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  local left = redis.call('PTTL', ARGV[7] .. node)
  if left > 0 then
    answer[#answer + 1] = node .. left
  else
    redis.call('SREM', KEYS[2], node)
  end
end
return answer
`)

// A record is an epoch of 16 digits, the owner's 8 characters, and what the owner
// wants remembered.

// claimScript returns a room's owner, epoch, record, and 1 if it is the claimant.
// Without an owner that is alive, the claimant becomes it.
//
// A Redis without a boot marker of its own has lost its memory, and no node has noticed yet.
//
// KEYS: room, young, boot. ARGV: claimant, greatest epoch it has seen, random part of an
// epoch, its size, ms of the record, prefix of leases, length of a boot's name.
var claimScript = newScript(serverName + `
local stored = redis.call('GET', KEYS[1])
local young = redis.call('GET', KEYS[2])
local boot = redis.call('GET', KEYS[3])
if not boot or string.sub(boot, tonumber(ARGV[7]) + 1) ~= server then young = 'empty' end
local epoch, record = 0, ''
if stored then
  local owner = string.sub(stored, 17, 24)
  epoch = tonumber(string.sub(stored, 1, 16))
  record = string.sub(stored, 25)
  if owner ~= ARGV[1] then
    if redis.call('EXISTS', ARGV[6] .. owner) == 1 then
      return {owner, string.sub(stored, 1, 16), '', '0'}
    end
    if young then return {'', '', '', '0'} end
  end
elseif young == 'empty' then
  return {'', '', '', '0'}
end
local size = tonumber(ARGV[4])
local seen = math.max(epoch, tonumber(ARGV[2]))
epoch = string.format('%016.0f', (math.floor(seen / size) + 1) * size + tonumber(ARGV[3]))
redis.call('SET', KEYS[1], epoch .. ARGV[1] .. record, 'PX', ARGV[5])
return {ARGV[1], epoch, record, '1'}
`)

// saveScript writes a record, unless another owner has a greater epoch: it returns 0
// then. An older or missing one was lost by Redis.
//
// KEYS: room. ARGV: owner, epoch, record, ms of the record.
var saveScript = newScript(`
local stored = redis.call('GET', KEYS[1])
if stored then
  local epoch = string.sub(stored, 1, 16)
  if epoch > ARGV[2] then return 0 end
  if epoch == ARGV[2] and string.sub(stored, 17, 24) ~= ARGV[1] then return 0 end
end
redis.call('SET', KEYS[1], ARGV[2] .. ARGV[1] .. ARGV[3], 'PX', ARGV[4])
return 1
`)

// releaseScript deletes the record of a room that the node still owns.
//
// KEYS: room. ARGV: owner, epoch.
var releaseScript = newScript(`
local stored = redis.call('GET', KEYS[1])
if stored and string.sub(stored, 1, 24) == ARGV[2] .. ARGV[1] then
  redis.call('DEL', KEYS[1])
  return 1
end
return 0
`)

// handOverScript makes another node the owner of a room that the node still owns,
// with a record that is the last one.
//
// KEYS: room. ARGV: owner, epoch, record, ms of the record, next owner.
var handOverScript = newScript(`
local stored = redis.call('GET', KEYS[1])
if stored and string.sub(stored, 1, 24) ~= ARGV[2] .. ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ARGV[5] .. ARGV[3], 'PX', ARGV[4])
return 1
`)

// leaveScript ends the lease of a node.
//
// KEYS: lease, nodes. ARGV: node.
var leaveScript = newScript(`
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], ARGV[1])
return 1
`)

// call is a script with its arguments.
type call struct {
	script     *script
	keys, args []string
}

// run calls a script. Redis forgets scripts when it restarts.
func (n *Node) run(ctx context.Context, c call) rueidis.RedisResult {
	return n.runAll(ctx, []call{c})[0]
}

// runAll calls scripts, in order.
func (n *Node) runAll(ctx context.Context, calls []call) []rueidis.RedisResult {
	client := n.client()
	if client == nil {
		return failedResults(len(calls))
	}
	commands := make(rueidis.Commands, len(calls))
	for i, c := range calls {
		commands[i] = client.B().Evalsha().Sha1(c.script.sum).Numkeys(int64(len(c.keys))).Key(c.keys...).Arg(c.args...).Build()
	}
	results := client.DoMulti(ctx, commands...)
	for i, c := range calls {
		if err, ok := rueidis.IsRedisErr(results[i].Error()); ok && err.IsNoScript() {
			results[i] = client.Do(ctx, client.B().Eval().Script(c.script.text).Numkeys(int64(len(c.keys))).Key(c.keys...).Arg(c.args...).Build())
		}
		if err := results[i].Error(); err != nil {
			n.Metrics.failed(err)
		}
	}
	return results
}

// failedResults are for a node that has not reached Redis. The library makes none
// without a connection.
func failedResults(count int) []rueidis.RedisResult {
	results := make([]rueidis.RedisResult, count)
	for i := range results {
		results[i] = rueidis.NewErrorResult(ErrUnreachable)
	}
	return results
}
