#include "journal/log_reader.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <queue>
#include <set>
#include <utility>

#include "base/text.hpp"
#include "journal/log_files.hpp"
#include "journal/log_format.hpp"
#include "unit/search/directory_listing.hpp"

namespace sctl {
namespace {

constexpr std::string_view log_suffix = ".log";
// Lines of a file are nearly in order: the manager's may have waited for the capture process.
constexpr Span disorder = 30s;

// The lines of one unit: of its files, one after the other.
class ChainLines {
  public:
    ChainLines(std::vector<LogFileMark> chain, Direction direction) {
        if (direction == Direction::Forward) std::ranges::reverse(chain);
        for (auto& mark : chain) files_.emplace_back(std::move(mark), direction);
    }
    std::optional<LogLine> next() {
        while (!files_.empty()) {
            auto line = files_.front().next();
            if (line) return line;
            files_.pop_front();
        }
        return std::nullopt;
    }

  private:
    std::deque<LogLines> files_;
};

} // namespace

bool LogQuery::matches(const LogLine& line) const {
    if (line.realtime < since || line.realtime > until) return false;
    if ((priorities >> line.priority & 1) == 0) return false;
    return identifiers.empty() ||
           std::ranges::find(identifiers, line.identifier) != identifiers.end();
}

bool LogQuery::matches_unit(std::string_view file_name) const {
    if (!file_name.ends_with(log_suffix)) return false;
    auto name = file_name.substr(0, file_name.size() - log_suffix.size());
    return units.empty() || std::ranges::any_of(units, [&](const std::string& unit) {
               return is_glob(unit) ? matches_glob(unit, name) : log_file_name(unit) == file_name;
           });
}

LogReader::LogReader(const Root& root, LogQuery query) : root_(root), query_(std::move(query)) {
    bool needs_listing = query_.units.empty() || std::ranges::any_of(query_.units, is_glob);
    std::set<std::string> paths;
    for (auto directory : log_directories) {
        auto where = root_.at(directory);
        if (needs_listing) {
            auto items = list_directory(where);
            if (!items && items.error().code == EACCES) ++denied_;
            if (!items) continue;
            for (const auto& item : *items) {
                if (query_.matches_unit(item.name)) paths.insert(cat(where, '/', item.name));
            }
        } else {
            for (const auto& unit : query_.units)
                paths.insert(cat(where, '/', log_file_name(unit)));
        }
    }
    for (const auto& path : paths) add_unit(path);
}

void LogReader::add_unit(const std::string& path) {
    Chain chain;
    for (const auto& file : {path, rotated_log_file(path)}) {
        auto mark = mark_log_file(file);
        if (!mark) continue;
        if (access(file.c_str(), R_OK) < 0) {
            ++denied_;
            continue;
        }
        ++readable_;
        chain.push_back(std::move(*mark));
    }
    if (!chain.empty()) chains_.push_back(std::move(chain));
}

bool LogReader::is_past(Direction direction, const LogLine& line) const {
    if (direction == Direction::Backward)
        return add_saturating(line.realtime, disorder) < query_.since;
    return line.realtime > add_saturating(query_.until, disorder);
}

void LogReader::each(Direction direction, const std::function<bool(const LogLine&)>& visit) const {
    std::vector<ChainLines> sources;
    for (const auto& chain : chains_) sources.emplace_back(chain, direction);
    struct Head {
        LogLine line;
        size_t source;
    };
    // The queue's top is its greatest: backward the newest line, forward the oldest.
    auto comes_later = [direction](const Head& a, const Head& b) {
        auto left = std::pair(a.line.realtime, a.source),
             right = std::pair(b.line.realtime, b.source);
        return direction == Direction::Backward ? left < right : right < left;
    };
    std::priority_queue<Head, std::vector<Head>, decltype(comes_later)> heads(comes_later);
    auto advance = [&](size_t source) {
        auto line = sources[source].next();
        if (line && !is_past(direction, *line)) heads.push({std::move(*line), source});
    };
    for (size_t i = 0; i < sources.size(); ++i) advance(i);
    while (!heads.empty()) {
        Head head = heads.top();
        heads.pop();
        if (query_.matches(head.line) && !visit(head.line)) return;
        advance(head.source);
    }
}

std::vector<LogLine> LogReader::last(size_t count) const {
    std::vector<LogLine> lines;
    if (count == 0) return lines;
    each(Direction::Backward, [&](const LogLine& line) {
        lines.push_back(line);
        return lines.size() < count;
    });
    std::ranges::reverse(lines);
    return lines;
}

// --- following -----------------------------------------------------------------------------------

LogFollower::LogFollower(const LogReader& reader)
    : root_(reader.root_),
      query_(reader.query_),
      inotify_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    for (const auto& chain : reader.chains_) {
        const LogFileMark& mark = chain.front();
        if (mark.path.ends_with(log_suffix)) read_up_to_.emplace(mark.path, mark);
    }
    // The mark may lie within a line that is just being written: go on at the line's start.
    for (auto& [path, mark] : read_up_to_) {
        constexpr off_t longest = 64 << 10;
        off_t from = std::max<off_t>(mark.size - longest, 0);
        auto tail = read_log_block(mark, from, static_cast<size_t>(mark.size - from));
        size_t end = tail.rfind('\n');
        if (end != std::string::npos)
            mark.size = from + static_cast<off_t>(end) + 1;
        else if (from == 0)
            mark.size = 0;
    }
    watch_directories();
}

// A directory that does not exist yet is waited for in the nearest one above it.
void LogFollower::watch_directories() {
    for (auto directory : log_directories) {
        std::string path = root_.at(directory);
        uint32_t events = IN_CREATE | IN_MODIFY | IN_ONLYDIR;
        while (!path.empty()) {
            int watch = inotify_add_watch(inotify_.get(), path.c_str(), events);
            if (watch >= 0) watched_[watch] = path;
            if (watch >= 0 || errno != ENOENT) break;
            path = directory_of(path);
            events = IN_CREATE | IN_ONLYDIR;
        }
    }
}

// Paths of log files that have news; all of them where the kernel has lost count.
std::vector<std::string> LogFollower::changed_files() {
    std::set<std::string> changed;
    alignas(inotify_event) std::array<char, 16 << 10> buffer;
    for (ssize_t got; (got = read(inotify_.get(), buffer.data(), buffer.size())) > 0;) {
        for (ssize_t at = 0; at < got;) {
            auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
            at += static_cast<ssize_t>(sizeof *event + event->len);
            std::string_view name = event->len > 0 ? event->name : "";
            auto watched = watched_.find(event->wd);
            if (watched == watched_.end() || (event->mask & IN_ISDIR))
                look_anew_ = true;
            else if (query_.matches_unit(name))
                changed.insert(cat(watched->second, '/', name));
        }
    }
    if (std::exchange(look_anew_, false)) {
        watch_directories();
        for (auto directory : log_directories) {
            auto items = list_directory(root_.at(directory));
            if (!items) continue;
            for (const auto& item : *items) {
                if (query_.matches_unit(item.name))
                    changed.insert(cat(root_.at(directory), '/', item.name));
            }
        }
    }
    return {changed.begin(), changed.end()};
}

std::vector<LogLine> LogFollower::read_new() {
    std::vector<LogLine> lines;
    for (const auto& path : changed_files()) read_file_on(path, lines);
    std::erase_if(lines, [&](const LogLine& line) { return !query_.matches(line); });
    std::ranges::stable_sort(lines, {}, &LogLine::realtime);
    return lines;
}

void LogFollower::read_file_on(const std::string& path, std::vector<LogLine>& lines) {
    auto now = mark_log_file(path);
    if (!now) return;
    LogFileMark& known = read_up_to_[path];
    if (known.inode != 0 && known.inode != now->inode) {
        // Rotated: first what the old one got after our last look.
        auto old = mark_log_file(rotated_log_file(path));
        if (old && old->inode == known.inode) read_range(*old, known.size, lines);
        known.size = 0;
    }
    off_t from = known.size <= now->size ? known.size : 0; // truncated
    known = *now;
    known.size = read_range(*now, from, lines);
}

// Returns where the last whole line ends.
off_t LogFollower::read_range(const LogFileMark& mark, off_t from, std::vector<LogLine>& lines) {
    auto text =
        read_log_block(mark, from, static_cast<size_t>(std::max<off_t>(mark.size - from, 0)));
    size_t begin = 0;
    for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
        auto line = parse_log_line(std::string_view(text).substr(begin, end - begin));
        if (line) lines.push_back(std::move(*line));
    }
    return from + static_cast<off_t>(begin);
}

std::vector<std::string> last_unit_lines(const Root& root, std::string_view unit, size_t count,
                                         Span since, LogStyle style) {
    LogQuery query;
    query.units = {std::string(unit)};
    query.since = since;
    std::vector<std::string> texts;
    LogFormat format;
    format.style = style;
    format.host = host_name();
    for (const auto& line : LogReader(root, query).last(count))
        texts.push_back(format_log_line(line, format));
    return texts;
}

} // namespace sctl
