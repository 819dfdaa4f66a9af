/* A webcam without a driver, for one process: loaded before the C library (LD_PRELOAD), it answers V4L2's calls.

   Whoever opens /dev/videoN or a name under /dev/v4l is given the Unix socket of that name in the folder $SAOMA_V4L2; behind it
   stands camera.py. The socket itself is the device's descriptor: waiting for it (select, poll) is the kernel's, a camera that
   stalls sends nothing, and one that is pulled out has closed its end. Everything else goes on to the kernel, by raw calls: the
   C library may need them before it could tell us where its own are.

   A frame is sent for each buffer that is queued and for no other, so that a program that pauses finds old ones, as with a driver.
   For 64-bit Linux; a device is used by one thread at a time, as OpenCV does. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

enum { DEVICES = 8, MODES = 32, FEWEST_BUFFERS = 2, BUFFERS = 8, BYTES_PER_PIXEL = 2 };
enum { STREAM_ON = 'S', STREAM_OFF = 'X', QUEUED = 'Q' };

/* What passes through the socket, as in camera.py: the camera's modes at first, then wishes one way and frames the other. */
struct mode { uint32_t fourcc, width, height, fps; };
struct wish { uint32_t kind; struct mode mode; };
struct frame { uint32_t stream, length; uint64_t taken_us; };

struct device {
    int fd; /* 0: none, for that is standard input */
    int is_blocking;
    uint32_t modes;
    struct mode mode[MODES], now;
    uint32_t buffers, queued, queue[BUFFERS];
    void *buffer[BUFFERS];
    int is_streaming;
    uint32_t stream; /* how often it was begun: a frame of an earlier one is not for this */
    uint32_t sequence;
};

static struct device devices[DEVICES];

static struct device *device_of(int fd)
{
    for (struct device *one = devices; fd > 0 && one < devices + DEVICES; one++)
        if (one->fd == fd)
            return one;
    return NULL;
}

static int is_camera(const char *path)
{
    return getenv("SAOMA_V4L2") && path && (!strncmp(path, "/dev/video", 10) || !strncmp(path, "/dev/v4l/", 9));
}

static size_t buffer_size(const struct device *it)
{
    return (size_t)it->now.width * it->now.height * BYTES_PER_PIXEL;
}

static int received(int fd, void *data, size_t size)
{
    for (char *at = data; size;) {
        ssize_t count = recv(fd, at, size, 0);
        if (count == 0 || (count < 0 && errno != EINTR))
            return 0;
        at += count > 0 ? count : 0;
        size -= count > 0 ? count : 0;
    }
    return 1;
}

static int tell(struct device *it, uint32_t kind)
{
    struct wish wish = {kind, it->now};
    return send(it->fd, &wish, sizeof wish, MSG_NOSIGNAL) == sizeof wish ? 0 : ENODEV;
}

static int is_gone(const struct device *it)
{
    struct pollfd line = {it->fd, POLLRDHUP, 0};
    return poll(&line, 1, 0) != 0;
}

/* --- opening and closing ---------------------------------------------------------------------------------------------- */

static int connected(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", getenv("SAOMA_V4L2"), strrchr(path, '/') + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd > 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        syscall(SYS_close, fd);
    return -1;
}

static int open_camera(const char *path, int flags)
{
    struct device *it = devices;
    while (it < devices + DEVICES && it->fd)
        it++;
    int fd = it < devices + DEVICES ? connected(path) : -1;
    uint32_t modes = 0;
    if (fd > 0 && received(fd, &modes, sizeof modes) && modes > 0 && modes <= MODES
        && received(fd, it->mode, modes * sizeof *it->mode)) {
        it->fd = fd;
        it->is_blocking = !(flags & O_NONBLOCK);
        it->modes = modes;
        it->now = it->mode[0];
        return fd;
    }
    if (fd > 0)
        syscall(SYS_close, fd);
    errno = ENOENT;
    return -1;
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return is_camera(path) ? open_camera(path, flags) : (int)syscall(SYS_openat, folder, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    va_end(more);
    return openat(AT_FDCWD, path, flags, mode);
}

int open64(const char *, int, ...) __attribute__((alias("open")));
int openat64(int, const char *, int, ...) __attribute__((alias("openat")));

int close(int fd)
{
    struct device *it = device_of(fd);
    if (it)
        memset(it, 0, sizeof *it);
    return (int)syscall(SYS_close, fd);
}

/* --- buffers: the program's side unmaps what we map ------------------------------------------------------------------------- */

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    struct device *it = device_of(fd);
    if (!it)
        return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
    if (offset < 0 || offset >= it->buffers || size > buffer_size(it)) {
        errno = EINVAL;
        return MAP_FAILED;
    }
    int ours = protection | PROT_WRITE; /* a program may only read it; frames come in */
    void *memory = (void *)syscall(SYS_mmap, NULL, size, ours, MAP_SHARED | MAP_ANONYMOUS, -1, 0L);
    if (memory != MAP_FAILED)
        it->buffer[offset] = memory;
    return memory;
}

void *mmap64(void *, size_t, int, int, int, off_t) __attribute__((alias("mmap")));

static int request_buffers(struct device *it, struct v4l2_requestbuffers *asked)
{
    if (asked->memory != V4L2_MEMORY_MMAP)
        return EINVAL;
    if (it->is_streaming)
        return EBUSY;
    if (asked->count > BUFFERS)
        asked->count = BUFFERS;
    if (asked->count && asked->count < FEWEST_BUFFERS)
        asked->count = FEWEST_BUFFERS;
    it->buffers = asked->count;
    it->queued = 0;
    memset(it->buffer, 0, sizeof it->buffer);
    return 0;
}

static int query_buffer(struct device *it, struct v4l2_buffer *asked)
{
    if (asked->index >= it->buffers)
        return EINVAL;
    asked->length = buffer_size(it);
    asked->m.offset = asked->index;
    asked->memory = V4L2_MEMORY_MMAP;
    return 0;
}

static int queue_buffer(struct device *it, const struct v4l2_buffer *given)
{
    if (given->index >= it->buffers || !it->buffer[given->index] || it->queued == it->buffers)
        return EINVAL;
    it->queue[it->queued++] = given->index;
    return it->is_streaming ? tell(it, QUEUED) : 0;
}

/* --- frames ----------------------------------------------------------------------------------------------------------- */

static int passed_over(int fd, size_t size)
{
    char waste[4096];
    while (size && received(fd, waste, size < sizeof waste ? size : sizeof waste))
        size -= size < sizeof waste ? size : sizeof waste;
    return size == 0;
}

static int next_frame(struct device *it, struct frame *frame)
{
    do {
        char first;
        if (!it->is_blocking && recv(it->fd, &first, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
            return errno;
        if (!received(it->fd, frame, sizeof *frame))
            return ENODEV;
    } while (frame->stream != it->stream && passed_over(it->fd, frame->length));
    return frame->stream == it->stream && frame->length <= buffer_size(it) ? 0 : ENODEV;
}

static int dequeue_buffer(struct device *it, struct v4l2_buffer *given)
{
    struct frame frame;
    if (!it->is_streaming || !it->queued)
        return EINVAL;
    int problem = next_frame(it, &frame);
    if (problem)
        return problem;
    uint32_t index = it->queue[0];
    if (!received(it->fd, it->buffer[index], frame.length))
        return ENODEV;
    memmove(it->queue, it->queue + 1, --it->queued * sizeof *it->queue);
    given->index = index;
    given->bytesused = frame.length;
    given->length = buffer_size(it);
    given->m.offset = index;
    given->memory = V4L2_MEMORY_MMAP;
    given->field = V4L2_FIELD_NONE;
    given->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
    given->sequence = it->sequence++;
    given->timestamp.tv_sec = frame.taken_us / 1000000;
    given->timestamp.tv_usec = frame.taken_us % 1000000;
    return 0;
}

static int stream_on(struct device *it)
{
    if (it->is_streaming)
        return 0;
    it->is_streaming = 1;
    it->stream++;
    int problem = tell(it, STREAM_ON);
    for (uint32_t count = 0; !problem && count < it->queued; count++)
        problem = tell(it, QUEUED);
    return problem;
}

static int stream_off(struct device *it)
{
    it->queued = 0;
    if (!it->is_streaming)
        return 0;
    it->is_streaming = 0;
    return tell(it, STREAM_OFF);
}

/* --- what it is, and what it can do ----------------------------------------------------------------------------------------- */

static int capability(struct v4l2_capability *told)
{
    memset(told, 0, sizeof *told);
    strcpy((char *)told->driver, "saoma");
    strcpy((char *)told->card, "Saoma Stand-In");
    strcpy((char *)told->bus_info, "usb-saoma-1");
    told->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
    told->capabilities = told->device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

static int is_first_of_its_format(const struct device *it, uint32_t at)
{
    for (uint32_t before = 0; before < at; before++)
        if (it->mode[before].fourcc == it->mode[at].fourcc)
            return 0;
    return 1;
}

static int enumerate_formats(const struct device *it, struct v4l2_fmtdesc *asked)
{
    uint32_t left = asked->index;
    for (uint32_t at = 0; asked->type == V4L2_BUF_TYPE_VIDEO_CAPTURE && at < it->modes; at++)
        if (is_first_of_its_format(it, at) && left-- == 0) {
            asked->pixelformat = it->mode[at].fourcc;
            asked->flags = asked->pixelformat == V4L2_PIX_FMT_MJPEG ? V4L2_FMT_FLAG_COMPRESSED : 0;
            memcpy(asked->description, &asked->pixelformat, sizeof asked->pixelformat);
            return 0;
        }
    return EINVAL;
}

static int enumerate_sizes(const struct device *it, struct v4l2_frmsizeenum *asked)
{
    uint32_t left = asked->index;
    for (uint32_t at = 0; at < it->modes; at++)
        if (it->mode[at].fourcc == asked->pixel_format && left-- == 0) {
            asked->type = V4L2_FRMSIZE_TYPE_DISCRETE;
            asked->discrete.width = it->mode[at].width;
            asked->discrete.height = it->mode[at].height;
            return 0;
        }
    return EINVAL;
}

static uint32_t distance(struct mode one, const struct v4l2_pix_format *asked)
{
    uint32_t wide = one.width > asked->width ? one.width - asked->width : asked->width - one.width;
    uint32_t high = one.height > asked->height ? one.height - asked->height : asked->height - one.height;
    return wide + high;
}

/* As drivers do: a format it has not becomes its first, a size it has not the nearest; what was granted is told. */
static struct mode granted(const struct device *it, const struct v4l2_pix_format *asked)
{
    uint32_t fourcc = it->mode[0].fourcc;
    for (uint32_t at = 0; at < it->modes; at++)
        if (it->mode[at].fourcc == asked->pixelformat)
            fourcc = asked->pixelformat;
    const struct mode *best = NULL;
    for (const struct mode *one = it->mode; one < it->mode + it->modes; one++)
        if (one->fourcc == fourcc && (!best || distance(*one, asked) < distance(*best, asked)))
            best = one;
    return *best;
}

static void tell_format(struct mode mode, struct v4l2_pix_format *told)
{
    int is_jpeg = mode.fourcc == V4L2_PIX_FMT_MJPEG;
    *told = (struct v4l2_pix_format){
        .width = mode.width,
        .height = mode.height,
        .pixelformat = mode.fourcc,
        .field = V4L2_FIELD_NONE,
        .bytesperline = is_jpeg ? 0 : mode.width * BYTES_PER_PIXEL,
        .sizeimage = mode.width * mode.height * BYTES_PER_PIXEL,
        .colorspace = is_jpeg ? V4L2_COLORSPACE_JPEG : V4L2_COLORSPACE_SRGB,
    };
}

static int format(struct device *it, struct v4l2_format *asked, uint32_t request)
{
    if (asked->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
        return EINVAL;
    struct mode mode = request == VIDIOC_G_FMT ? it->now : granted(it, &asked->fmt.pix);
    if (request == VIDIOC_S_FMT) {
        if (it->buffers)
            return EBUSY;
        it->now = mode;
    }
    tell_format(mode, &asked->fmt.pix);
    return 0;
}

static int rate(const struct device *it, struct v4l2_streamparm *told)
{
    if (told->type != V4L2_BUF_TYPE_VIDEO_CAPTURE)
        return EINVAL;
    memset(&told->parm, 0, sizeof told->parm);
    told->parm.capture.capability = V4L2_CAP_TIMEPERFRAME;
    told->parm.capture.timeperframe = (struct v4l2_fract){1, it->now.fps};
    return 0;
}

static int input(struct v4l2_input *asked)
{
    if (asked->index)
        return EINVAL;
    strcpy((char *)asked->name, "Camera");
    asked->type = V4L2_INPUT_TYPE_CAMERA;
    return 0;
}

static int answer(struct device *it, uint32_t request, void *question)
{
    if (is_gone(it))
        return ENODEV;
    switch (request) {
    case VIDIOC_QUERYCAP: return capability(question);
    case VIDIOC_ENUM_FMT: return enumerate_formats(it, question);
    case VIDIOC_ENUM_FRAMESIZES: return enumerate_sizes(it, question);
    case VIDIOC_G_FMT:
    case VIDIOC_TRY_FMT:
    case VIDIOC_S_FMT: return format(it, question, request);
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: return rate(it, question);
    case VIDIOC_ENUMINPUT: return input(question);
    case VIDIOC_G_INPUT: return *(int *)question = 0;
    case VIDIOC_S_INPUT: return *(int *)question ? EINVAL : 0;
    case VIDIOC_REQBUFS: return request_buffers(it, question);
    case VIDIOC_QUERYBUF: return query_buffer(it, question);
    case VIDIOC_QBUF: return queue_buffer(it, question);
    case VIDIOC_DQBUF: return dequeue_buffer(it, question);
    case VIDIOC_STREAMON: return stream_on(it);
    case VIDIOC_STREAMOFF: return stream_off(it);
    default: return ENOTTY;
    }
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list more;
    va_start(more, request);
    void *question = va_arg(more, void *);
    va_end(more);
    struct device *it = device_of(fd);
    if (!it)
        return (int)syscall(SYS_ioctl, fd, request, question);
    int problem = answer(it, (uint32_t)request, question);
    if (problem)
        errno = problem;
    return problem ? -1 : 0;
}
