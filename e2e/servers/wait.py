"""Waits until servers serve, and puts sets together on their first start:  wait.py KIND DIR HOST:PORT…

KIND is kafka, mongo (a replica set is made of the addresses), mongo-sharded (a configuration server, and a shard that is added to it),
mongo-secure (a user is made too), redis, redis-cluster (a cluster is made of them), redis-sentinel (two servers, then the sentinels) or
redis-secure.
Speaks the wire protocols itself, so that no client has to be installed.
"""
import socket
import ssl
import struct
import subprocess
import sys
import time

SECONDS = 90
kind, directory, members = sys.argv[1], sys.argv[2], sys.argv[3:]


def connect(member, seconds=5):
    host, port = member.rsplit(":", 1)
    return socket.create_connection((host, int(port)), seconds)


def bson(document):
    out = b""
    for key, value in document.items():
        name = key.encode() + b"\0"
        if isinstance(value, bool):
            out += b"\x08" + name + bytes([value])
        elif isinstance(value, int):
            out += b"\x10" + name + struct.pack("<i", value)
        elif isinstance(value, str):
            out += b"\x02" + name + struct.pack("<i", len(value.encode()) + 1) + value.encode() + b"\0"
        elif isinstance(value, list):
            out += b"\x04" + name + bson({str(i): item for i, item in enumerate(value)})
        else:
            out += b"\x03" + name + bson(value)
    return struct.pack("<i", len(out) + 5) + out + b"\0"


def mongo_connect(member):
    if kind != "mongo-secure":
        return connect(member, 20)
    context = ssl.create_default_context(cafile=f"{directory}/tls/ca.pem")
    return context.wrap_socket(connect(member, 20), server_hostname=member.rsplit(":", 1)[0])


def mongo(member, command):
    with mongo_connect(member) as server:
        body = struct.pack("<i", 0) + b"\0" + bson({**command, "$db": "admin"})
        server.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body)
        length = struct.unpack("<i", whole(server, 4))[0]
        return whole(server, length - 4)


def whole(server, size):
    """So many bytes: a socket with TLS knows no MSG_WAITALL."""
    data = b""
    while len(data) < size:
        part = server.recv(size - len(data))
        if not part:
            raise OSError("the connection was closed")
        data += part
    return data


def mongo_serves():
    """One is primary, and every other one follows it."""
    answers = [mongo(member, {"hello": 1}) for member in members]
    if not any(b"setName" in answer for answer in answers):
        configured = [{"_id": i, "host": member} for i, member in enumerate(members)]
        mongo(members[0], {"replSetInitiate": {"_id": "rs0", "members": configured}})
        return False
    primaries = sum(b"isWritablePrimary\0\x01" in answer for answer in answers)
    secondaries = sum(b"secondary\0\x01" in answer for answer in answers)
    return primaries == 1 and primaries + secondaries == len(members)


def mongo_sharded_serves():
    """A set is made of each, and the second one is added to the first: what  addShard  has a router ask for."""
    for name, member in zip(("config", "shard"), members):
        answer = mongo(member, {"hello": 1})
        if b"setName" not in answer:
            configured = {"_id": name, "members": [{"_id": 0, "host": member}]}
            mongo(member, {"replSetInitiate": {**configured, "configsvr": True} if name == "config" else configured})
        if b"isWritablePrimary\0\x01" not in answer:
            return False
    add = {"_configsvrAddShard": f"shard/{members[1]}", "name": "shard", "writeConcern": {"w": "majority"}}
    return b"shardAdded" in mongo(members[0], add)


def mongo_secure_serves():
    """The user is made by whoever comes first, from this host; later ones are asked who they are: there is one."""
    if not mongo_serves():
        return False
    roles = ["readWriteAnyDatabase"]
    answer = mongo(members[0], {"createUser": "talkline", "pwd": "sesame", "roles": roles})
    return b"codeName" not in answer or b"Unauthorized" in answer


def redis(member, line):
    with connect(member) as server:
        server.sendall(line + b"\r\n")
        return server.recv(65536)


def redis_serves():
    return all(b"PONG" in redis(member, b"PING") for member in members)


def redis_cluster_serves():
    if not redis_serves():
        return False
    states = [redis(member, b"CLUSTER INFO") for member in members]
    if all(b"cluster_known_nodes:1\r" in state for state in states):
        host, port = members[0].rsplit(":", 1)
        create = ["redis-cli", "-h", host, "-p", port, "--cluster", "create", *members, "--cluster-yes"]
        subprocess.run(create, check=True, stdout=subprocess.DEVNULL)
        return False
    return all(b"cluster_state:ok" in state for state in states)


def redis_sentinel_serves():
    """Each sentinel knows the other two and a replica that is not down."""
    states = [redis(member, b"SENTINEL MASTER talkline") for member in members[2:]]
    known = [state.split(b"\r\n") for state in states]
    values = [dict(zip(lines[2::4], lines[4::4])) for lines in known]
    return redis_serves() and all(
        (value[b"num-slaves"], value[b"num-other-sentinels"], value[b"flags"]) == (b"1", b"2", b"master") for value in values
    )


def redis_secure_serves():
    host, port = members[0].rsplit(":", 1)
    context = ssl.create_default_context(cafile=f"{directory}/redis-1/ca.crt")
    context.load_cert_chain(f"{directory}/redis-1/client.crt", f"{directory}/redis-1/client.key")
    with context.wrap_socket(connect(members[0]), server_hostname=host) as server:
        server.sendall(b"AUTH talkline sesame\r\n")
        return b"OK" in server.recv(65536)


def kafka_serves():
    """Each broker answers a metadata request that lists all of them: they have found each other."""
    for member in members:
        with connect(member) as server:
            # Metadata v1, no topics, from the client `wait`.
            request = struct.pack(">hhih", 3, 1, 1, 4) + b"wait" + struct.pack(">i", 0)
            server.sendall(struct.pack(">i", len(request)) + request)
            header = server.recv(12, socket.MSG_WAITALL)
            if len(header) < 12 or struct.unpack(">i", header[8:])[0] != len(members):
                return False
    return True


serves = {
    "kafka": kafka_serves,
    "mongo": mongo_serves,
    "mongo-sharded": mongo_sharded_serves,
    "mongo-secure": mongo_secure_serves,
    "redis": redis_serves,
    "redis-cluster": redis_cluster_serves,
    "redis-sentinel": redis_sentinel_serves,
    "redis-secure": redis_secure_serves,
}[kind]
end, last = time.monotonic() + SECONDS, "no answer"
while time.monotonic() < end:
    try:
        if serves():
            sys.exit(0)
    except OSError as error:
        last = error
    time.sleep(0.1)
sys.exit(f"{kind} does not serve after {SECONDS} s ({last}): see the logs in {directory}")
