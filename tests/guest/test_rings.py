# SPDX-License-Identifier: GPL-2.0-only
"""Mappings that drivers keep are no leaks, and those that are never ended are: network cards and a USB controller with
traffic in the window, a driver that comes and goes, kept buffers, and a ring that leaks.

The truth is the stress module's own counts. Nothing depends on the clock: a window ends when so much has been done.
SWIOTLB_TEST_RUNS=10 repeats what is tried with cards and the controller as often.
"""
import contextlib
import ctypes
import errno
import fcntl
import functools
import glob
import os
import socket
import struct
import subprocess
import time

from harness import TOOL, Stress, Watch, between, contains, equal, kernels, note, read, wait_until, write

LEVELS = ("--level", "mappings")
BOUNCES = ("--level", "mappings,bounces")
# What an interrupt that lands inside our own program can cost.
INTERRUPTED = ("mappings.recursion", "mappings.unseen_unmap", "mappings.unseen_map", "mappings.call_lost")
HOST = "10.0.2.2"
ECHO = b"\x08\x00\xf7\xff\x00\x00\x00\x00"      # an ICMP echo request, with its checksum
ECHOES = 600    # in a window: a ring of 256 goes round twice
# A driver fills a ring when some of it is used: by so many buffers its level may differ.
FLUCTUATION = 64
KEPT, LEFT = 50, 37
SMALL, LARGE, REFUSED = 4096, 512 * 1024, 5
RING = {"sizes": 2048, "hold": 256, "rate": 20000}
LEAK_EVERY = 1000
# A window is as long as it takes to make what a ring at its full rate makes in so many seconds.
SECONDS = int(os.environ.get("SWIOTLB_TEST_RING_SECONDS", "5"))
RUNS = int(os.environ.get("SWIOTLB_TEST_RUNS", "1"))
CARDS = ("virtio_net", "e1000e", "e1000")
USB, SERIAL = "xhci_hcd", "/dev/ttyUSB0"
SEARCH = {"virtio_net": "virtio", "e1000e": "pci", "e1000": "pci", USB: "pci"}


def bound(driver):
    """Directories of the devices that a driver has."""
    return [os.path.realpath(path) for path in glob.glob(f"/sys/bus/{SEARCH[driver]}/drivers/{driver}/*[0-9]")]


def pci_name(path):
    """The PCI device that a directory below it belongs to: the one that maps."""
    return [part for part in path.split("/") if part.count(":") == 2][-1]


class Echo:
    """A network card that sends echo requests to the host, and is answered."""

    def __init__(self, driver, path, number):
        self.driver, self.path = driver, path
        self.name = pci_name(path)
        wait_until(f"{driver} has an interface", lambda: glob.glob(f"{path}/net/*"))
        self.interface = os.path.basename(glob.glob(f"{path}/net/*")[0])
        for line in (f"addr flush dev {self.interface}", f"addr add 10.0.2.{15 + number}/24 dev {self.interface}", f"link set {self.interface} up"):
            subprocess.run(["busybox", "ip", *line.split()], check=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self.interface.encode())
        self.socket.settimeout(1)
        # The link takes a moment to come up, and the first answer more than one request.
        wait_until(f"{driver} is answered", self.answered, 60)

    def answered(self):
        try:
            self.socket.sendto(ECHO, (HOST, 0))
            return bool(self.socket.recv(256))
        except OSError:
            return False

    def exchange(self):
        while not self.answered():
            pass

    def close(self):
        self.socket.close()


class Adapter:
    """A USB adapter that is asked for its descriptor: the controller maps the answer, 18 bytes each time."""
    CONTROL, BULK, RELEASE = 0xC0185500, 0xC0185502, 0x80045510     # USBDEVFS_CONTROL, _BULK, _RELEASEINTERFACE
    OUT, SERIAL_DRIVER = 2, "/sys/bus/usb/drivers/ftdi_sio"

    def __init__(self):
        wait_until("the adapter is there", lambda: os.path.exists(SERIAL))
        self.name = pci_name(bound(USB)[0])
        self.interface = os.path.realpath(f"/sys/class/tty/{os.path.basename(SERIAL)}/device/..")
        usb = os.path.dirname(self.interface)
        bus, number = (int(read(f"{usb}/{key}")) for key in ("busnum", "devnum"))
        self.file = os.open(f"/dev/bus/usb/{bus:03}/{number:03}", os.O_RDWR)
        self.answer = ctypes.create_string_buffer(18)
        # GET_DESCRIPTOR of the device, with a time limit in ms.
        self.request = struct.pack("=BBHHHI4xQ", 0x80, 6, 0x100, 0, 18, 10000, ctypes.addressof(self.answer))

    def exchange(self):
        equal("length of the descriptor", fcntl.ioctl(self.file, self.CONTROL, bytearray(self.request)), 18)

    def send(self, size):
        """Bytes that were taken of one transfer, or minus an errno: usbfs hands its copy to the controller in one piece."""
        data = ctypes.create_string_buffer(size)
        try:
            return fcntl.ioctl(self.file, self.BULK, bytearray(struct.pack("=III4xQ", self.OUT, size, 10000, ctypes.addressof(data))))
        except OSError as error:
            return -error.errno

    @contextlib.contextmanager
    def free(self):
        """No driver has the adapter: a program may use its endpoints."""
        name = os.path.basename(self.interface)
        write(f"{self.SERIAL_DRIVER}/unbind", name)
        try:
            yield self
        finally:
            fcntl.ioctl(self.file, self.RELEASE, struct.pack("=I", 0))
            write(f"{self.SERIAL_DRIVER}/bind", name)
            wait_until("the adapter is back", lambda: os.path.exists(SERIAL))

    def close(self):
        os.close(self.file)


def here(drivers):
    """Those of the drivers that have a device, whether they are built in or loaded."""
    return [driver for driver in drivers if bound(driver)]


def load():
    """Loads the drivers that are modules."""
    for module in (*CARDS, "xhci_pci", "ftdi_sio"):
        subprocess.run(["modprobe", "-q", module], check=False)


def devices():
    """All cards, and the USB controller where there is one, ready for traffic."""
    found = [Echo(driver, bound(driver)[0], number) for number, driver in enumerate(here(CARDS))]
    return found + ([Adapter()] if here([USB]) else [])


def traffic(used):
    """By turns, so that each device is at work for the whole window."""
    for _ in range(ECHOES):
        for device in used:
            device.exchange()


def rows(shown):
    return {row["name"]: row for row in shown["devices"]}


def findings(shown):
    """What is found about leaks and growth: (severity, device)."""
    return sorted((found["id"], found["severity"], found["text"].split()[0]) for found in shown["findings"]
                  if found["id"] in ("mapping-leak", "mapping-growth", "exhausted-by-leak"))


def check_no_leak(shown, what):
    equal(f"leaked, {what}", shown["mappings"]["leaked"], 0)
    equal(f"leaked of each, {what}", [name for name, row in rows(shown).items() if row["leaked"]], [])
    equal(f"errors, {what}", [found["text"] for found in shown["findings"] if found["severity"] == "error"], [])


def check_devices(shown, used, what):
    """Each device has mapped, and is told so."""
    found = rows(shown)
    for device in used:
        row = found[device.name]
        between(f"maps of {device.name}, {what}", 1, row["maps"], 10 ** 7)
        note(f"{what}: {device.name} {getattr(device, 'driver', USB)} made {row['maps']}, ended {row['unmaps']}, "
             f"{row['live']} live, grown {row['grown']}")
    return found


def repeated(function):
    """Runs it RUNS times."""
    @functools.wraps(function)
    def runs():
        for number in range(RUNS):
            function()
            print(f"{function.__name__} passed {number + 1} times", flush=True)
    return runs


@kernels("static spins")
def test_large_usb_transfer():
    """A program sends more by USB than a mapping can hold: the controller's requests fail, each of that size."""
    load()
    adapter = Adapter()
    try:
        with adapter.free(), Watch("--level", "locks,mappings", may_lose=INTERRUPTED) as watch:
            small = adapter.send(SMALL)
            large = [adapter.send(LARGE) for _ in range(REFUSED)]
    finally:
        adapter.close()
    equal("sent", (small, large), (SMALL, [-errno.EAGAIN] * REFUSED))
    shown = watch.report
    row = rows(shown)[adapter.name]
    equal("causes", {cause: count for cause, count in row["failure_causes"].items() if count}, {"oversize": REFUSED})
    sizes = [(found["size"], found["count"]) for found in shown["failures"]["by_size"] if found["device"] == adapter.name]
    equal("sizes", sizes, [(LARGE, REFUSED)])
    found = {found["id"]: found["text"] for found in shown["findings"]}
    contains("finding", found["oversize-requests"], adapter.name, "5 of 512 KiB")


@kernels("static spins")
@repeated
def test_driver_comes():
    """Drivers that fill their rings in the window: they have more mappings than before, leak none, and sync what they use."""
    loaded = here([*CARDS, USB])
    away = [(driver, os.path.basename(path)) for driver in loaded for path in bound(driver)]
    for driver, name in away:
        write(f"/sys/bus/{SEARCH[driver]}/drivers/{driver}/unbind", name)
    with Watch(*BOUNCES, may_lose=INTERRUPTED) as watch:
        load()
        for driver, name in away:
            write(f"/sys/bus/{SEARCH[driver]}/drivers/{driver}/bind", name)
        used = devices()
        traffic(used)
    check_no_leak(watch.report, "drivers loaded")
    equal("never synced", watch.report["mappings"]["unsynced"], 0)
    equal("found", [found["text"] for found in watch.report["findings"] if found["id"] == "never-synced"], [])
    check_devices(watch.report, used, "drivers loaded")
    for device in used:
        device.close()


@kernels("static spins")
@repeated
def test_traffic():
    """Rings that are older than the window and go round in it: nothing leaks or grows, in a report and in a check."""
    load()
    used = devices()
    with Watch(*LEVELS, may_lose=INTERRUPTED) as watch:
        traffic(used)
    check_no_leak(watch.report, "traffic")
    equal("findings", findings(watch.report), [])
    for name, row in check_devices(watch.report, used, "traffic").items():
        between(f"grown of {name}", 0, row["grown"], FLUCTUATION)
    check = subprocess.Popen([TOOL, "check", "-a", "map.leaked == 0", "-a", f"map.grown <= {FLUCTUATION}", "--",
                              "/bin/sh", "-c", "echo attached; read end || :"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    equal("check", check.stdout.readline(), "attached\n")
    traffic(used)
    for device in used:
        device.close()
    out, errors = check.communicate(timeout=60)
    equal("check's exit status", (check.returncode, errors, out if check.returncode else ""), (0, "", ""))


@kernels("static spins")
@repeated
def test_kept():
    """Buffers that a living device keeps are growth, a warning at most; those that a device leaves behind leak."""
    load()
    cards = [device for device in devices() if isinstance(device, Echo)]
    with Stress() as stress:
        stress("device-add", count=2)
        with Watch(*LEVELS, may_lose=INTERRUPTED) as watch:
            stress("leak", device=0, size=4096, count=KEPT)
            traffic(cards)
        check_no_leak(watch.report, "buffers kept")
        row = rows(watch.report)["swiotlb_stress.0"]
        equal("kept", (row["live"], row["grown"], stress.truth()[0]["live"]), (KEPT, KEPT, KEPT))
        equal("found", findings(watch.report), [("mapping-growth", "warning", "swiotlb_stress.0")])
        with Watch(*LEVELS, may_lose=INTERRUPTED) as watch:
            stress("leak", device=1, size=4096, count=LEFT)
            traffic(cards)
            stress("device-del", id=1)
        row = rows(watch.report)["swiotlb_stress.1"]
        equal("left behind", (row["leaked"], row["gone"], watch.report["mappings"]["leaked"]), (LEFT, True, LEFT))
        equal("found when it is gone", findings(watch.report), [("mapping-leak", "error", str(LEFT))])
    for card in cards:
        card.close()


@kernels("static spins")
@repeated
def test_driver_goes():
    """Drivers that go in the window give back what they had: nothing leaks."""
    load()
    used = devices()
    drivers = [(driver, os.path.basename(path)) for driver in here([*CARDS, USB]) for path in bound(driver)]
    with Watch(*LEVELS, may_lose=INTERRUPTED) as watch:
        traffic(used)
        for device in used:
            device.close()
        for driver, name in drivers:
            write(f"/sys/bus/{SEARCH[driver]}/drivers/{driver}/unbind", name)
    check_no_leak(watch.report, "drivers gone")
    for name, row in check_devices(watch.report, used, "drivers gone").items():
        equal(f"live of {name}", (row["live"], row["grown"]), (0, 0))
    for driver, name in drivers:
        write(f"/sys/bus/{SEARCH[driver]}/drivers/{driver}/bind", name)


@kernels("static spins")
def test_leaking_ring():
    """A ring that loses one buffer in a thousand is found, with its device and by how much; the same ring that loses none
    is not.

    Emulated CPUs may not reach the rate: then the window is longer.
    """
    with Stress() as stress:
        stress("device-add", count=2)
        stress("start", device=0, cpu=1, pairs=0, **{"leak-every": LEAK_EVERY}, **RING)
        stress("start", device=1, cpu=2, pairs=0, **RING)

        def made(number):
            return stress.truth()[number]["maps"]

        wait_until("the rings are full", lambda: min(made(0), made(1)) > 2 * RING["hold"], 60)
        before = made(0)
        with Watch(*LEVELS, may_lose=INTERRUPTED) as watch:
            began, at = made(0), time.monotonic()
            wait_until("the ring has gone round", lambda: made(0) - began >= SECONDS * RING["rate"], 40 * SECONDS)
            ended, rate = made(0), (made(0) - began) / (time.monotonic() - at)
        after = made(0)
        stress("stop")
        shown = watch.report
        leaky, sound = (rows(shown)[f"swiotlb_stress.{number}"] for number in range(2))
        # More have come while the tool attached and detached; growth may be followed from a little before the window on.
        between("maps", ended - began, leaky["maps"], after - before)
        leaks = leaky["maps"] / LEAK_EVERY
        longer = max(1, leaky["growth"]["seconds"] / shown["window"]["seconds"])
        between("grown", int(0.95 * (ended - began) / LEAK_EVERY), leaky["grown"], int(1.05 * leaks * longer) + 1)
        between("grown of the other", 0, sound["grown"], FLUCTUATION)
        equal("found", findings(shown), [("mapping-leak", "error", "swiotlb_stress.0")])
        # Device and memory are still there.
        equal("proven", shown["mappings"]["leaked"], 0)
        said = next(found["text"] for found in shown["findings"] if found["id"] == "mapping-leak")
        note(f"{rate:.0f} buffers a second, {leaks:.1f} leaked: grown by {leaky['grown']}, the other ring by {sound['grown']}; {said}")
