#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""`swiotlb export` on a session made by hand: what others read is what the report says.

export.py PROGRAM
"""
import collections
import contextlib
import http.client
import json
import os
import random
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile

from claims import expect, failed, free_port, poll, read, without_loaded
from figures import SECOND, family_of, metrics_of, value_of
from prometheus import program as fetched
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_classic

WINDOW = "60s"
OTHERS = "(other)"
# Families that are not of the schema's metrics.
OWN = re.compile(r"swiotlb_(exporter_|finding|hook|build|unknown|loss|pool_lock_|area_lock_)|process_")


def ready(pid):
    """It takes signals as events, for which it has blocked SIGTERM."""
    def blocked():
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            mask = re.search(r"SigBlk:\s*(\w+)", file.read())
        return int(mask[1], 16) >> signal.SIGTERM - 1 & 1
    poll(blocked, "an exporter that takes signals")


def environment(name):
    return {**os.environ, "SWIOTLB_TEST_FIXTURE": name}


@contextlib.contextmanager
def exporting(program, fixture, *arguments, **options):
    """An exporter, ended by SIGTERM, and the exit status and messages that it should end with."""
    wanted, said = options.pop("status", 0), options.pop("said", "")
    options.setdefault("env", environment(fixture))
    with subprocess.Popen([program, "export", *arguments], stderr=subprocess.PIPE, text=True, **options) as process:
        try:
            yield process
            if process.poll() is None:
                ready(process.pid)
                process.terminate()
            _, messages = process.communicate()
        except BaseException:
            process.kill()
            print(process.communicate()[1], file=sys.stderr)
            raise
    expect(process.returncode == wanted, f"{arguments} ended with {process.returncode}: {messages}")
    expect(said is None or said == messages, f"{arguments} said: {messages}")


def report(program, fixture, *more):
    """Of a window without an end, as an exporter's is: what is allocated in it is not yet leaked."""
    with subprocess.Popen([program, "report", "-t", "1h", "-f", "json", *more], env=environment(fixture), stdout=subprocess.PIPE) as process:
        ready(process.pid)
        process.send_signal(signal.SIGINT)
        return json.loads(process.communicate()[0])


# What should be there

def own_pools(document):
    """The first one of each name."""
    return list({pool["name"]: pool for pool in reversed(document["pools"])}.values())[::-1]


def entities(document):
    """(scope, entity, labels)"""
    yield "system", document, ()
    names = set()
    for pool in own_pools(document):
        yield "pool", pool, (("pool", pool["name"]),)
        for area in pool["areas"]:
            yield "area", area, (("area", str(area["index"])), ("pool", pool["name"]))
    for device in document["devices"] or ():
        own = not device["gone"] and device["name"] not in names
        yield "device", device, (("device", device["name"] if own else OTHERS),)
        names |= {device["name"]} if own else set()


def wanted_of(document, metrics):
    """{(name, labels): value} and the names with unknown series."""
    wanted, unknown = collections.defaultdict(float), set()
    for scope, entity, labels in entities(document):
        for metric, (of, kind, unit) in metrics.items():
            if of != scope or metric == "loss.total" or re.search(r"\.p\d\d$", metric):
                continue
            _, name, factor = family_of(metric, kind, unit)
            factor = 1 / SECOND if unit == "ns" else factor
            value = value_of(metric, entity)
            if value is None:
                unknown.add(name)
            else:
                key = (name, labels + ((("window", WINDOW),) if kind == "peak" else ()))
                wanted[key] = max(wanted[key], value * factor) if metric == "device.oldest" else wanted[key] + value * factor
    for loss in document["loss"]["list"]:
        wanted["swiotlb_loss_total", (("cause", loss["cause"]),)] = loss["count"]
    return wanted, unknown


def samples_of(families):
    found = {}
    for family in families:
        for name, labels, value, *_ in family.samples:
            key = (name, tuple(sorted(labels.items())))
            expect(key not in found, f"twice: {key}")
            found[key] = value
    return found


def check_values(found, document, metrics, what):
    """Every metric of the report is there with its value, and nothing else is."""
    wanted, unknown = wanted_of(document, metrics)
    shown = {key for key in found if not OWN.match(key[0])}
    for key in sorted(shown ^ {key for key in wanted if not OWN.match(key[0])}):
        failed(f"{what}: {'no' if key in wanted else 'an unexpected'} series {key}")
    for key, value in wanted.items():
        expect(abs(found[key] - value) <= 1e-9 * max(1, abs(value)), f"{what}: {key} is {found[key]}, not {value}")
    said = {dict(labels)["metric"] for name, labels in found if name == "swiotlb_unknown_info"}
    # Of what there is none, the levels that are not attached are still told.
    there = {scope for scope, _, _ in entities(document)}
    said -= {family_of(metric, kind, unit)[1] for metric, (of, kind, unit) in metrics.items() if of not in there}
    said = {name for name in said if not OWN.match(name)}
    expect(said == unknown, f"{what}: unknown is {sorted(said ^ unknown)}")


def check_histograms(found, document, what):
    """Sums over areas, with the bounds that the buckets have."""
    for pool in own_pools(document):
        waits = [area["lock"] for area in pool["areas"]]
        counts = [sum(column) for column in zip(*(lock["wait_ns"]["histogram"] for lock in waits))]
        labels = (("pool", pool["name"]),)
        expect(found["swiotlb_pool_lock_wait_seconds_count", labels] == sum(lock["contended"] for lock in waits), f"{what}: count")
        total = sum(lock["wait_ns"]["total"] for lock in waits) / 1e9
        expect(abs(found["swiotlb_pool_lock_wait_seconds_sum", labels] - total) < 1e-9, f"{what}: sum")
        bounds = sorted((float(dict(key[1])["le"]), dict(key[1])["le"], value) for key, value in found.items()
                        if key[0] == "swiotlb_pool_lock_wait_seconds_bucket" and dict(key[1])["pool"] == pool["name"])
        expect([bound for bound, _, _ in bounds] == [(2**(i + 1) - 1) / 1e9 for i in range(31)] + [float("inf")], f"{what}: {bounds}")
        expect(all(text == ("+Inf" if bound == float("inf") else repr(bound)) for bound, text, _ in bounds), f"{what}: {bounds}")
        sums = [sum(counts[:i + 1]) for i in range(32)]
        expect([value for _, _, value in bounds] == sums, f"{what}: buckets {bounds}, not {sums}")


def check_findings(found, document, what):
    """All rules are there, and errors of the report are 1; others depend on how long the window is."""
    shown = {labels: value for (name, labels), value in found.items() if name == "swiotlb_finding"}
    ones = {dict(labels)["id"] for labels, value in shown.items() if value and dict(labels)["severity"] == "error"}
    errors = {finding["id"] for finding in document["findings"] if finding["severity"] == "error"}
    expect(ones == errors, f"{what}: found {ones}, not {errors}")
    expect(set(shown.values()) <= {0, 1} and len({dict(labels)["id"] for labels in shown}) > 30, f"{what}: {len(shown)} findings")


def check_text(text, reader, document, metrics, what):
    found = samples_of(reader(text))
    check_values(found, document, metrics, what)
    check_histograms(found, document, what)
    check_findings(found, document, what)
    return found


def promtool(text):
    result = subprocess.run([fetched("promtool"), "check", "metrics"], input=text, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    expect(result.returncode == 0 and not result.stdout, f"promtool: {result.stdout}")


# The file

def check_file(program, metrics, scratch):
    path = os.path.join(scratch, "swiotlb.prom")
    for fixture in ("busy", "mappings", "attributed", "refusals", "wrong_unmaps", "areas", "empty"):
        with exporting(program, fixture, "--textfile", path):
            poll(lambda: os.path.exists(path), path)
            text = read(path)
        expect(not os.listdir(scratch), f"left: {os.listdir(scratch)}")
        promtool(text)
        found = check_text(text, read_classic, report(program, fixture), metrics, f"the file of {fixture}")
        expect(not any(name.startswith("process_") for name, _ in found), "a name that node_exporter has as well")
    # Names that JSON writes in another way.
    with exporting(program, "hostile", "--textfile", path):
        poll(lambda: os.path.exists(path), path)
        text = read(path)
    promtool(text)
    samples_of(read_classic(text))


def check_replaced(program, scratch):
    """Whoever reads it finds a whole text, and another one later."""
    path = os.path.join(scratch, "swiotlb.prom")
    with exporting(program, "live", "--textfile", path, "-d", "0.1"):
        poll(lambda: os.path.exists(path), path)
        seen = set()

        def look():
            with open(path, encoding="utf-8") as file:
                text = file.read()
                seen.add(os.fstat(file.fileno()).st_ino)
            found = samples_of(read_classic(text))
            expect(("swiotlb_exporter_start_time_seconds", ()) in found, f"cut: {text[-200:]}")
            return found["swiotlb_exporter_samples_total", ()] >= 5
        poll(look, "the fifth sample")
    expect(len(seen) > 1, "it is written in place")


def check_signals(program, scratch):
    path = os.path.join(scratch, "swiotlb.prom")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with exporting(program, "busy", "--textfile", path) as process:
            poll(lambda: os.path.exists(path), path)
            ready(process.pid)
            process.send_signal(number)
            process.wait()
        expect(not os.path.exists(path), f"a signal left {path}")
    with exporting(program, "busy", "--textfile", path, status=-signal.SIGKILL) as process:
        poll(lambda: os.path.exists(path), path)
        process.kill()
        process.wait()
    with exporting(program, "live", "--textfile", path, "-d", "0.1"):
        poll(lambda: "swiotlb_exporter_samples_total 3\n" in read(path), "the file of a later exporter")


def check_gone_directory(program, scratch):
    """The file cannot be written any more: it goes on, and says so once."""
    place = os.path.join(scratch, "place")
    os.mkdir(place)
    path = os.path.join(place, "swiotlb.prom")
    with exporting(program, "live", "--textfile", path, "-d", "0.1", said=None) as process:
        poll(lambda: os.path.exists(path), path)
        os.remove(path)
        while os.path.exists(place):
            with contextlib.suppress(OSError):
                os.rmdir(place)
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
        line = process.stderr.readline()
        expect(f"cannot write {path}" in line, line)


def check_mistakes(program, scratch):
    for fixture, arguments, said in (
            ("busy", ("--textfile", os.path.join(scratch, "no", "x.prom")), "No such file"),
            ("busy", ("--textfile", scratch), "directory"),
            ("busy", ("--textfile", "x.prom", "-d", "0.05"), "at least 0.1"),
            ("busy", ("--textfile", "x.prom", "--level", "lock"), "did you mean"),
            *(("busy", ("--listen", text), "such as 127.0.0.1:9000")
              for text in ("x", "9000", "localhost", ":0", ":65536", ":-1", "::1:9000", "[::1:9000", "[]:9000", "1.2.3:9000", ":9000x", "")),
            ("busy", ("--listen", "192.0.2.1:9000"), "cannot listen on 192.0.2.1:9000"),
            ("eperm", ("--textfile", os.path.join(scratch, "x.prom")), "not permitted"),
            ("nopool", ("--textfile", os.path.join(scratch, "x.prom")), "no swiotlb pool")):
        result = subprocess.run([program, "export", *arguments], env=environment(fixture), text=True, stderr=subprocess.PIPE, check=False)
        expect(result.returncode == 2 and said in result.stderr and result.stderr.count("\n") == 1,
               f"{arguments} on {fixture}: {result.returncode}, {result.stderr}")
    expect(not os.listdir(scratch), f"mistakes left {os.listdir(scratch)}")


# HTTP

OPENMETRICS = "application/openmetrics-text;version=1.0.0"
CLASSIC = "text/plain;version=0.0.4"


def ask(port, path="/metrics", method="GET", accept=None, host="127.0.0.1"):
    """(status, headers, text)"""
    connection = http.client.HTTPConnection(host, port, timeout=60)
    try:
        connection.request(method, path, headers={"Accept": accept} if accept else {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def listens(port, host="127.0.0.1"):
    with contextlib.suppress(ConnectionRefusedError):
        socket.create_connection((host, port), timeout=60).close()
        return True
    return False


def wait_for(port, *hosts):
    """Until an exporter listens there."""
    poll(lambda: all(listens(port, host) for host in hosts or ("127.0.0.1",)), f"an exporter at {hosts} {port}")


@contextlib.contextmanager
def serving(program, fixture, *arguments):
    port = free_port()
    with exporting(program, fixture, "--listen", f"127.0.0.1:{port}", *arguments) as process:
        wait_for(port)
        yield process, port


def check_forms(program, metrics):
    """Both forms, by strict readers, have the values of the report."""
    for fixture in ("mappings", "attributed", "areas", "empty"):
        with serving(program, fixture) as (_, port):
            texts = {}
            for accept, kind in ((None, "text/plain; version=0.0.4; charset=utf-8"), (CLASSIC, "text/plain; version=0.0.4; charset=utf-8"),
                                 (OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8")):
                status, headers, texts[accept] = ask(port, accept=accept)
                expect(status == 200 and headers["Content-Type"] == kind, f"{accept}: {status}, {headers}")
        promtool(texts[None])
        document = report(program, fixture)
        for accept, reader in ((CLASSIC, read_classic), (OPENMETRICS, read_openmetrics)):
            found = check_text(texts[accept], reader, document, metrics, f"{accept} of {fixture}")
            expect(("process_cpu_seconds_total", ()) in found and ("process_start_time_seconds", ()) in found, "no process")
        expect(texts[OPENMETRICS].endswith("\n# EOF\n") and "EOF" not in texts[CLASSIC], "ends")
    with serving(program, "hostile") as (_, port):
        samples_of(read_openmetrics(ask(port, accept=OPENMETRICS)[2]))


def check_per_area(program):
    with serving(program, "areas", "--per-area") as (_, port):
        found = samples_of(read_openmetrics(ask(port, accept=OPENMETRICS)[2]))
        areas = [dict(labels) for name, labels in found if name == "swiotlb_area_lock_wait_seconds_count"]
        expect(len(areas) == 64 and {area["pool"] for area in areas} == {"default"}, f"{len(areas)} areas")
        total = sum(value for (name, _), value in found.items() if name == "swiotlb_area_lock_wait_seconds_count")
        expect(total == found["swiotlb_pool_lock_wait_seconds_count", (("pool", "default"),)], "areas and pool differ")


def check_samples(program):
    """A scrape takes no sample: two in a row are of the same, and a later one is of a later one."""
    with serving(program, "live", "-d", "1h") as (_, port):
        first, second = (samples_of(read_classic(ask(port)[2])) for _ in range(2))
        expect(first == second and first["swiotlb_exporter_samples_total", ()] == 1, "a scrape took a sample")
    with serving(program, "live", "-d", "0.1") as (_, port):
        poll(lambda: samples_of(read_classic(ask(port)[2]))["swiotlb_exporter_samples_total", ()] >= 3, "the third sample")


def check_pages(program):
    with serving(program, "busy") as (_, port):
        status, headers, text = ask(port, "/")
        expect(status == 200 and headers["Content-Type"].startswith("text/html") and "/metrics" in text, f"/: {text}")
        for path in ("/x", "/metrics/", "/metricsx", "//metrics", "/../metrics", "/%2e%2e/etc/passwd", "*"):
            expect(ask(port, path)[0] == 404, f"{path} is there")
        expect(ask(port, "/metrics?a=b")[0] == 200, "what follows ? is part of the path")
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "GETX"):
            status, headers, _ = ask(port, method=method)
            expect(status == 405 and headers["Allow"] == "GET, HEAD", f"{method}: {status}")
        status, headers, text = ask(port, method="HEAD")
        expect(status == 200 and int(headers["Content-Length"]) > 1000 and not text, f"HEAD: {status}, {text}")


def send_raw(port, data):
    """Sends it and takes what comes; nobody needs to answer, or to read all of it."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return client.recv(1 << 16)
    return b""


def malformed(rng):
    """Requests that are wrong in one way each, and then at random."""
    good = b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\n\r\n"
    yield from (b"", b"\r\n" * 5000, b"\0" * 1000, b"GET", b"GET /metrics", b"GET  /metrics  HTTP/1.1\r\n\r\n", b"GET /metrics HTTP/9.9\r\n\r\n",
                b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n", b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 50000 + b"\r\n",
                b"GET /metrics HTTP/1.1\r\nAccept: " + b"a," * 100000 + b"\r\n\r\n",
                b"GET /metrics HTTP/1.1\r\nAccept: " + b";q=0.;" * 2000 + b"\r\n\r\n", b"GET /metrics HTTP/1.1\r\nHost\r\n\r\n",
                b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n" + b"a" * 100000,
                b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                b"GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n" + b"a" * 100000,
                good * 1000, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    for _ in range(150):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(data))
            data[at:at + rng.randrange(3)] = rng.randbytes(rng.randrange(4))
        yield bytes(data)


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(re.search(r"VmRSS:\s*(\d+)", file.read())[1]) << 10


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def check_malformed(program):
    with serving(program, "mappings", "-d", "1h") as (process, port):
        whole, before = ask(port)[2], descriptors(process.pid)
        for data in malformed(random.Random(16)):
            send_raw(port, data)
        expect(ask(port)[2] == whole, "another text after malformed requests")
        poll(lambda: descriptors(process.pid) <= before, "connections that end")


def check_crowd(program):
    """A thousand connections that say nothing, or little: whoever asks is answered, and it does not grow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    with serving(program, "mappings", "-d", "1h") as (process, port), contextlib.ExitStack() as crowd:
        whole, before, size = ask(port)[2], descriptors(process.pid), resident(process.pid)
        for number in range(1000):
            client = crowd.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            if number % 2:
                with contextlib.suppress(OSError):
                    client.send(b"GET /metrics HTTP/1.1\r\nHost: " + b"x" * (number % 500))
            if number % 100 == 99:
                expect(ask(port)[2] == whole, f"another text beside {number} connections")
        expect(descriptors(process.pid) < before + 300, f"{descriptors(process.pid)} descriptors")
        expect(resident(process.pid) < size + (32 << 20), f"{size} bytes became {resident(process.pid)}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# systemd

def check_activation(program, scratch):
    """Sockets that are passed, and what systemd is told."""
    path = os.path.join(scratch, "notify")
    told = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, socket.socket() as passed:
        notify.bind(path)
        notify.settimeout(60)
        passed.bind(("127.0.0.1", 0))
        passed.listen()
        command = ["sh", "-c", f'exec 3<&{passed.fileno()}; LISTEN_PID=$$ exec "$0" export -d 1h', program]
        with subprocess.Popen(command, pass_fds=[passed.fileno()],
                              env={**environment("busy"), "LISTEN_FDS": "1", "NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"}) as process:
            while told.count("WATCHDOG=1") < 3:
                told.append(notify.recv(100).decode())
            expect(ask(passed.getsockname()[1])[0] == 200, "the passed socket does not answer")
            process.terminate()
            while told[-1] != "STOPPING=1":
                told.append(notify.recv(100).decode())
            expect(process.wait() == 0, f"ended with {process.returncode}")
    expect(told[0] == "READY=1" and set(told) == {"READY=1", "WATCHDOG=1", "STOPPING=1"}, f"told {told}")
    os.remove(path)
    result = subprocess.run(["sh", "-c", 'exec 3</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" export', program],
                            env=environment("busy"), stderr=subprocess.PIPE, text=True, check=False)
    expect(result.returncode == 2 and "no socket that listens" in result.stderr, f"{result}")


def check_libraries(program):
    """What is loaded when it is used is needed by nobody else, and named where it is missing."""
    with tempfile.TemporaryDirectory() as folder:
        path, env = os.path.join(folder, "x.prom"), {**environment("busy"), **without_loaded(folder)}
        subprocess.run([program, "report", "-t", "0.1"], env=env, stdout=subprocess.DEVNULL, check=True)
        with exporting(program, "busy", "--textfile", path, env=env):
            poll(lambda: os.path.exists(path), "a file")
        for library, package, arguments, more in (
                ("libmicrohttpd.so.12", "libmicrohttpd12", ("--listen", f":{free_port()}"), {}),
                ("libsystemd.so.0", "libsystemd0", (), {"LISTEN_FDS": "1"}),
                ("libsystemd.so.0", "libsystemd0", ("--textfile", path), {"NOTIFY_SOCKET": "/none", "WATCHDOG_USEC": "200000"})):
            result = subprocess.run([program, "export", *arguments], env={**env, **more}, text=True, stderr=subprocess.PIPE, check=False)
            expect(result.returncode == 2 and f"cannot load {library}: " in result.stderr and f"the package {package}\n" in result.stderr,
                   f"without {library}: {result.returncode}, {result.stderr}")
            expect(not os.path.exists(path), "a file of an exporter that did not start")


def check_addresses(program):
    for address, hosts in (("127.0.0.1:{}", ["127.0.0.1"]), (":{}", ["127.0.0.1", "::1"]), ("localhost:{}", ["127.0.0.1"]),
                           ("[::1]:{}", ["::1"]), ("0.0.0.0:{}", ["127.0.0.1", "127.0.0.2"])):
        port = free_port()
        hosts = [host for host in hosts if ":" not in host or socket.has_ipv6 and os.path.exists("/proc/net/if_inet6")]
        if not hosts:
            continue
        with exporting(program, "busy", "--listen", address.format(port)):
            wait_for(port, *hosts)
            expect("0.0.0.0" in address or not listens(port, "127.0.0.2"), f"{address} listens on 127.0.0.2")
    port = free_port()
    with exporting(program, "busy", "--listen", f"127.0.0.1:{port}"):
        wait_for(port)
        result = subprocess.run([program, "export", "--listen", f"127.0.0.1:{port}"], env=environment("busy"), stderr=subprocess.PIPE,
                                text=True, check=False)
        expect(result.returncode == 2 and "Address already in use" in result.stderr and result.stderr.count("\n") == 1, f"{result}")


def main():
    program = os.path.realpath(sys.argv[1])
    metrics = metrics_of(program)
    with tempfile.TemporaryDirectory() as scratch:
        check_mistakes(program, scratch)
        check_file(program, metrics, scratch)
        check_replaced(program, scratch)
        check_signals(program, scratch)
        check_gone_directory(program, scratch)
        check_activation(program, scratch)
    check_libraries(program)
    check_forms(program, metrics)
    check_per_area(program)
    check_samples(program)
    check_pages(program)
    check_malformed(program)
    check_crowd(program)
    check_addresses(program)
    return 0


if __name__ == "__main__":
    sys.exit(main())
